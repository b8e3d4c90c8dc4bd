"""What became of an order: looked up, given up too early, cancelled or not."""

from museum.mutants import Mutant, edit

NEVER_OWNS_UP = edit(
    "bot.reconcile.fates",
    "keys = sorted({each.key for each in new",
    "keys = sorted({each.key for each in ()",
)
"""The layer behind: an order that was given up and has filled is said to be filled."""

NEVER_RISES = edit(
    "bot.reconcile.fates",
    "risen = book.orders_named(account, strays) if strays else ()",
    "risen = ()",
)
"""Another: an order that was given up and is found in the market is taken back."""

MUTANTS = (
    Mutant(
        "not-found-is-absent",
        "freqtrade#4403",
        "an order that is not found at the first look is given up",
        "answers lost",
        "I19",
        (
            edit(
                "bot.reconcile.fates",
                "certain=found.certain and in_sight",
                "certain=True",
            ),
            NEVER_OWNS_UP,
        ),
    ),
    Mutant(
        "lost-for-ever",
        "Lean.IB#93",
        "an order that never arrived is waited for without end",
        "requests lost",
        "I19",
        (
            edit("bot.book.life", "if life.step is None or told.certain:", "if life.step is None:"),
            edit(
                "bot.book.life",
                "DAY_ORDER_MAX = timedelta(hours=16)",
                "DAY_ORDER_MAX = timedelta(days=99)",
            ),
        ),
    ),
    Mutant(
        "given-up-after-a-minute",
        "catalyst#317",
        "an order that nobody answers for is over after its time-out",
        "answers lost",
        "I19",
        (
            edit(
                "bot.book.life",
                "DAY_ORDER_MAX = timedelta(hours=16)",
                "DAY_ORDER_MAX = timedelta(seconds=1)",
            ),
            edit("bot.book.life", "if told.in_sight and life.word != MISSING:", "if False:"),
            edit("bot.book.life", "if told.in_sight and now", "if False and now"),
            NEVER_OWNS_UP,
        ),
    ),
    Mutant(
        "asked-to-go-is-gone",
        "pysystemtrade#1580",
        "an order is over once its cancellation was asked for",
        "cancels",
        "I19",
        (
            edit(
                "bot.carry.waiting",
                "        broker.cancel(intent.order.key)\n",
                "        broker.cancel(intent.order.key)\n"
                "        from bot.book.rows import Note\n"
                "        book.note([Note(intent.order.key, 'cancelled', post.clock.now())])\n",
            ),
            NEVER_OWNS_UP,
            NEVER_RISES,
        ),
    ),
    Mutant(
        "too-late-is-over",
        "ib_async#191",
        'a word about a cancellation ("too late") is taken for the end of the order',
        "cancels",
        "I19",
        (
            edit(
                "bot.carry.waiting",
                "        broker.cancel(intent.order.key)\n",
                "        answer = broker.cancel(intent.order.key)\n"
                "        from bot.book.rows import Note\n"
                "        from brokers.broker import AlreadyDone\n"
                "        if isinstance(answer, AlreadyDone):\n"
                "            book.note([Note(intent.order.key, 'cancelled', post.clock.now())])\n",
            ),
            NEVER_OWNS_UP,
            NEVER_RISES,
        ),
    ),
    Mutant(
        "hangs-and-is-given-up",
        "alpaca-py#400",
        "a cancellation that hangs counts as done after a minute",
        "stuck",
        "I19",
        (
            edit(
                "bot.carry.waiting",
                "    if trouble is not None:\n        raise trouble\n",
                "    from bot.book.rows import Note\n"
                "    now = post.clock.now()\n"
                "    left = book.unsettled(post.account)\n"
                "    book.note([Note(row.order.key, 'cancelled', now) for row in left])\n",
            ),
        ),
    ),
    Mutant(
        "cancelled-once",
        "freqtrade#3647",
        "what is not done in time is left in the market",
        "waiting",
        "I19",
        (
            edit(
                "bot.carry.waiting",
                "    withdraw(post, broker, book)\n    post.step",
                "    post.step",
            ),
        ),
    ),
    Mutant(
        "accepted-is-the-end",
        "Alpaca-API#107",
        "an order that was accepted is not asked for again",
        "thrown out",
        "I19",
        (
            edit(
                "bot.reconcile.fates",
                'if life.key in listed and life.step == "accepted":',
                'if life.step == "accepted" and not life.is_filled:',
            ),
        ),
    ),
    Mutant(
        "some-is-all",
        "hummingbot: an order is completed with incomplete information",
        "an order of which some is filled counts as filled",
        "thrown out",
        "I19",
        (edit("bot.book.life", "return self.filled >= self.quantity", "return self.filled > 0"),),
    ),
    Mutant(
        "two-live-orders",
        "nautilus_trader#4288",
        "an order takes the place of one whose end is only asked for",
        "replaced",
        "I3",
        (
            edit(
                "bot.carry.working",
                "    hands.broker.cancel(job.key)\n    return moved, forecast",
                "    hands.broker.cancel(job.key)\n"
                "    return moved.hear(Ended(moved.state.traded))[0], forecast",
            ),
            edit(
                "bot.gate.repeat_rules", "    if total > leg.order.quantity:", "    if total < 0:"
            ),
            edit(
                "bot.carry.working",
                "    for row in hands.book.unsettled(hands.post.account):",
                "    for row in ():",
            ),
            edit("bot.gate.repeat_rules", "before is not None and before.is_live", "False"),
        ),
    ),
    Mutant(
        "everybody's-orders",
        "Alpaca: DELETE /v2/orders cancels the owner's orders, too",
        "taking orders back takes back whatever is in the market",
        "others",
        "I21",
        (
            edit(
                "bot.carry.waiting",
                "    for intent in book.unsettled(post.account):\n",
                "    for state in broker.open_orders():\n"
                "        if state.key is None:\n"
                "            broker.cancel(state.broker_id)\n"
                "    for intent in book.unsettled(post.account):\n",
            ),
        ),
    ),
)
