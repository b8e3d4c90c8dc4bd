"""How an order leaves: what is written down before, and what is done where no answer comes."""

from museum.catalogue.ends import NEVER_OWNS_UP
from museum.mutants import Mutant, edit

MUTANTS = (
    Mutant(
        "sent-noted-late",
        "freqtrade#4653",
        "that an order is sent is written down when it is back",
        "answers lost",
        "I7",
        (
            edit(
                "bot.gate.send",
                "            result = None if why else broker.submit(order)\n    if",
                "            result = None if why else broker.submit(order)\n"
                "        life = _write(life, Passed(), moment.now, book)\n    if",
            ),
            edit(
                "bot.gate.send",
                "        life = _write(life, Passed(), moment.now, book)\n        if moment",
                "        if moment",
            ),
        ),
    ),
    Mutant(
        "sent-again",
        "hummingbot#493",
        "an order without an answer is sent again at once",
        "answers lost",
        "I2",
        (
            edit(
                "bot.gate.send",
                "            result = None if why else broker.submit(order)\n",
                "            result = None if why else broker.submit(order)\n"
                "            if isinstance(result, Unclear):\n"
                "                result = broker.submit(order)\n",
            ),
        ),
    ),
    Mutant(
        "sent-again-under-another-id",
        "alpaca-py: common/rest.py repeats a POST on 504",
        "after a 504 the order is sent again, under an id of its own",
        "answers lost",
        "I7",
        (
            edit(
                "bot.gate.send",
                "            result = None if why else broker.submit(order)\n",
                "            result = None if why else broker.submit(order)\n"
                "            if isinstance(result, Unclear):\n"
                "                from dataclasses import replace as changed\n"
                "                result = broker.submit(changed(order, key=order.key + 'Z'))\n",
            ),
        ),
    ),
    Mutant(
        "no-answer-is-a-refusal",
        "nautilus_trader#4958",
        "an order without an answer is called rejected",
        "answers lost",
        "I19",
        (
            edit(
                "bot.gate.send",
                'return Answered("unclear", reason)',
                'return Answered("refused", reason)',
            ),
            NEVER_OWNS_UP,
        ),
    ),
    Mutant(
        "error-is-a-refusal",
        "hummingbot#2483",
        "an error on submit is taken for an order that never left",
        "answers lost",
        "I9",
        (
            edit(
                "bot.gate.send",
                'return Answered("unclear", reason)',
                'return Answered("blocked", reason)',
            ),
        ),
    ),
    Mutant(
        "resent-after-a-restart",
        "quickfix#268",
        "what may have been sent before a restart is sent again after it",
        "kills",
        "I2",
        (
            edit(
                "bot.cycle",
                "        withdraw(post, broker, book, spare)\n",
                "        for row in book.unsettled(post.account):\n"
                "            broker.submit(row.order)\n"
                "        withdraw(post, broker, book, spare)\n",
            ),
        ),
    ),
    Mutant(
        "ids-of-another-day",
        "ib_insync#644",
        "ids of orders begin anew with each plan, and are those of orders before",
        "waiting",
        "error",
        (
            edit(
                "strategies.planned",
                'return OrderKey(f"{KEY_PREFIX}{plan_id}-{leg:03d}")',
                'return OrderKey(f"{KEY_PREFIX}{plan_id[:0]}-{leg:03d}")',
            ),
        ),
    ),
    Mutant(
        "stood-still-and-sent",
        "reliability fault 67: a process that is paused in the send path",
        "an order leaves by a quote of before the process stood still",
        "pauses",
        "I11",
        (edit("bot.gate.send", "moment.clock.now() > moment.send_before", "False"),),
    ),
    Mutant(
        "goes-on-without-a-record",
        "freqtrade#5621",
        "where the disk is full nothing is written, and trading goes on",
        "full disk",
        "I7",
        (
            edit(
                "bot.book.engine",
                "    except BookFull:\n        reserve",
                "    except BookBroken:\n        return None\n"
                "    except BookFull:\n        reserve",
            ),
        ),
    ),
)
