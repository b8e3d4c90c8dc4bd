"""What should have stopped a runaway: limits, halts, leases, the schedule."""

from museum.mutants import Mutant, edit

MUTANTS = (
    Mutant(
        "refused-and-sent-again",
        "zenbot#1096",
        "however many orders are refused, the next one follows",
        "refusals",
        "I12",
        (
            edit(
                "bot.gate.count_rules",
                "    if unknowns >= limits.unknowns_halt:",
                '    if True:\n        return ""\n    if unknowns:',
            ),
        ),
    ),
    Mutant(
        "alerts-stop-nothing",
        "Knight Capital: Release 34-70694",
        "a halt is told and stops nothing",
        "breaks",
        "I21",
        (edit("bot.book.book", "return self._read(halts.halted, account)", "return None"),),
    ),
    Mutant(
        "halt-is-not-latched",
        "RTS 6, article 15(3): a person enables it again",
        "a halt ends with the run that found it",
        "breaks",
        "I21",
        (edit("bot.reconcile.refusal", '    book.halt(account, why, "trimtab", now)\n', ""),),
    ),
    Mutant(
        "first-allocation-alone",
        "reliability fault 78: a config that is mistyped",
        "all of the account is turned over without a person",
        "requests lost",
        "I12",
        (
            edit("bot.cycle", "    return gate.needs_approval(passage)\n", "    return ()\n"),
            edit(
                "bot.gate.plan_rules",
                "    found = [] if passage.approved else",
                "    found = [] if True else",
            ),
            edit(
                "bot.gate.size_rules",
                'would pass {most:.0f}" if total > most else ""',
                'would pass" if total < 0 else ""',
            ),
        ),
    ),
    Mutant(
        "plans-without-end",
        "zenbot#879",
        "what did not trade is planned again, and again, in the same session",
        "waiting",
        "I12",
        (
            edit(
                "bot.rounds",
                "        return _cycle(desk, office, post_of(desk, office))\n",
                "        for _ in range(9):\n"
                "            plan = _cycle(desk, office, post_of(desk, office))\n"
                "            office.clock.sleep(60)\n"
                "        return plan\n",
            ),
            edit(
                "bot.gate.count_rules",
                "    if activity.cycles_today >= limits.cycles_per_day:",
                "    if activity.cycles_today < 0:",
            ),
            edit(
                "bot.gate.count_rules",
                "    if activity.cycles_recent >= limits.cycles_per_10_sessions:",
                "    if activity.cycles_recent < 0:",
            ),
            edit(
                "bot.gate.repeat_rules",
                'return "" if passage.approved else repeated',
                'return "" if True else repeated',
            ),
            edit("bot.cycle", "    return gate.needs_approval(passage)\n", "    return ()\n"),
            edit(
                "bot.gate.plan_rules",
                "    found = [] if passage.approved else",
                "    found = [] if True else",
            ),
        ),
    ),
    Mutant(
        "token-stands-still",
        "prometheus-postgresql-adapter#91",
        "who takes an account over has the token of who had it before",
        "requests lost",
        "I8",
        (edit("bot.book.leases", "else last.token + 1", "else last.token"),),
    ),
    Mutant(
        "runs-twice",
        "apscheduler#606",
        "a slot is run again after a restart",
        "kills",
        "error",
        (
            edit(
                "bot.book.runs",
                "    if _find(connection, account, slot) is not None:\n        return False\n",
                "    if _find(connection, account, slot) is not None:\n        return True\n",
            ),
        ),
    ),
    Mutant(
        "hour-of-the-day",
        "apscheduler#529",
        "the schedule goes by an hour of the day, and clocks are changed",
        "spring",
        "I18",
        (
            edit(
                "bot.daemon.slots",
                '    start = session.opens if anchor == "open" else session.closes\n',
                "    start = session.opens.replace(hour=13, minute=30)\n",
            ),
        ),
    ),
    Mutant(
        "every-second-day",
        "Betterment: a scan that ran every second day",
        "every second session nobody looks, and nobody is told",
        "spring",
        "I18",
        (
            edit(
                "bot.daemon.slots",
                "    for entry in entries:\n        match entry:",
                "    is_odd = session.day.toordinal() % 2\n"
                "    for entry in entries if is_odd else ():\n        match entry:",
            ),
        ),
    ),
    Mutant(
        "nobody-is-told",
        "Betterment: losses were not harvested, and nobody noticed",
        "a cycle that fails is kept quiet",
        "links",
        "I18",
        (
            edit(
                "bot.rounds",
                "    office.post(\n        mails.failed(",
                "    (lambda *_, **__: None)(\n        mails.failed(",
            ),
        ),
    ),
    Mutant(
        "off-the-grid",
        "alpaca-py: orders refused for sub-penny prices",
        "a limit is not rounded to the tick",
        "waiting",
        "I11",
        (
            edit("bot.gate.price_rules", "if order.limit % finest else", "if order.limit < 0 else"),
            edit(
                "strategies.orders.limits",
                "price = (wanted / tick).to_integral_value(rounding) * tick",
                "price = wanted",
            ),
        ),
    ),
)
