"""What is believed: positions, quotes, clocks, and a difference that nobody explains."""

from museum.mutants import Mutant, edit

MUTANTS = (
    Mutant(
        "nothing-held-buys-all",
        "InterReact#23",
        "no positions at all are believed, and everything is bought again",
        "nothing held",
        "I6",
        (
            edit(
                "bot.reconcile.agree",
                "if severe := _severity(post.limits, market, found):",
                "if severe := '':",
            ),
            edit(
                "bot.reconcile.agree",
                "        if item.symbol is not None:\n            book.lock",
                "        if item.symbol is None:\n            book.lock",
            ),
            edit("bot.gate.worth", "    if abs(left) <=", "    if True or abs(left) <="),
        ),
    ),
    Mutant(
        "only-what-is-told-is-compared",
        "Vibe-Trading#667",
        "a position that the broker does not tell is not missed",
        "something not held",
        "I14",
        (
            edit("bot.reconcile.agree", "sorted(held.keys() | lots.lots.keys())", "sorted(held)"),
            edit("bot.gate.worth", "    if abs(left) <=", "    if True or abs(left) <="),
            edit(
                "bot.gate.plan_rules",
                "if before.get(symbol, ZERO) != passage.held.get(symbol, ZERO):",
                "if False:",
            ),
        ),
    ),
    Mutant(
        "differs-and-is-traded",
        "Alpaca-API#276",
        "a name in which book and broker differ is traded on",
        "moved",
        "I6",
        (
            edit(
                "bot.reconcile.agree",
                "        if item.symbol is not None:\n            book.lock",
                "        if item.symbol is None:\n            book.lock",
            ),
            edit(
                "bot.reconcile.agree",
                "if severe := _severity(post.limits, market, found):",
                "if severe := '':",
            ),
        ),
    ),
    Mutant(
        "without-end",
        "nautilus_trader#3622",
        "book and broker are compared until they agree",
        "moved",
        "I18",
        (
            edit("bot.reconcile.agree", "for _ in range(LOOKS - 1):", "for _ in range(200):"),
            edit("bot.reconcile.agree", "LOOK_AGAIN_SECONDS = 5.0", "LOOK_AGAIN_SECONDS = 1800.0"),
        ),
    ),
    Mutant(
        "quote-of-six-weeks-ago",
        "openalgo#1638",
        "a quote may be of any age",
        "old quotes",
        "I11",
        (
            edit(
                "bot.quotes",
                "    if age > limits.quote_age_seconds:",
                "    if age < -limits.quote_age_seconds:",
            ),
        ),
    ),
    Mutant(
        "quote-of-nothing",
        "alpaca-api-js#129",
        "quotes of zero, of one side, and crossed ones are believed",
        "quotes",
        "I11",
        (
            edit("bot.quotes", "    return _nonsense(quote) or _stale", "    return _stale"),
            edit(
                "bot.quotes",
                '    return f"its spread is {spread:.1%}" if spread > widest else ""',
                '    return ""',
            ),
        ),
    ),
    Mutant(
        "wide-quote",
        "reliability fault 58: locked and wide quotes",
        "a spread may be of any width",
        "quotes",
        "I11",
        (
            edit(
                "bot.quotes",
                '    return f"its spread is {spread:.1%}" if spread > widest else ""',
                '    return ""',
            ),
        ),
    ),
    Mutant(
        "pence-for-pounds",
        "reliability fault 59: a price in another unit",
        "a price a hundred times, or a tenth, of yesterday's is believed",
        "prices",
        "I11",
        (
            edit("bot.quotes", "    if abs(jump) > limits.jump_max:", "    if jump != jump:"),
            edit("bot.gate.price_rules", "    if off > widest:", "    if off != off:"),
            edit(
                "bot.cycle",
                "if abs(quote.mid / leg.mid - 1) > approval.price_move_max:",
                "if False:",
            ),
        ),
    ),
    Mutant(
        "any-clock",
        "reliability fault 66: a clock that is off",
        "the clock of the exchange may be an hour off",
        "clocks",
        "I16",
        (
            edit(
                "bot.gate.moment_rules",
                "abs(moment.clock_off_seconds) > passage.limits.clock_stop_seconds",
                "False",
            ),
            edit("bot.cycle", "if offset > post.limits.clock_stop_seconds:", "if offset < 0:"),
        ),
    ),
    Mutant(
        "closed-and-sent",
        "exchange_calendars#464",
        "orders leave on a day on which the exchange is closed, which the calendar does not know",
        "closed",
        "I16",
        (
            edit(
                "bot.gate.moment_rules",
                'return "" if moment.is_open else',
                'return "" if True else',
            ),
        ),
    ),
    Mutant(
        "one-name-stops-all",
        "pylivetrader#178",
        "a name that cannot be traded stops all others",
        "untradable",
        "stalls error",
        (
            edit(
                "bot.observe",
                "    relief, notes = _relief(policy, market)\n",
                "    if any(h.barred for h in holdings):\n"
                "        raise Refusal('a name cannot be traded', 'wait')\n"
                "    relief, notes = _relief(policy, market)\n",
            ),
        ),
    ),
)
