"""What happened to the account: executions, their corrections, payments, companies."""

from museum.mutants import Mutant, edit

_RECORD = "bot.reconcile.account"
NEVER_LOOKS_BACK = (
    edit(_RECORD, "OVERLAP = timedelta(days=4)", "OVERLAP = timedelta(0)"),
    edit(_RECORD, "OVERLAP_SHORT = timedelta(hours=1)", "OVERLAP_SHORT = timedelta(0)"),
    edit(_RECORD, "OVERLAP) if is_clean else None", "OVERLAP)"),
)
"""Executions are asked for from the newest on, also where book and broker differ."""

MUTANTS = (
    Mutant(
        "each-version-counts",
        "ib_insync#364",
        "an execution that was corrected counts once for each version",
        "corrections",
        "I6",
        (
            edit(
                "strategies.lots.journal",
                "known is None or execution.version > known.version",
                "True",
            ),
            edit(
                "strategies.lots.journal",
                "latest[execution.root] = execution\n",
                "latest[f'{execution.root}.{execution.version}'] = execution\n",
            ),
        ),
    ),
    Mutant(
        "corrections-are-no-news",
        "Alpaca: trade_correct and trade_bust events",
        "an execution is believed as it was told first",
        "corrections",
        "I1",
        (
            edit(
                "bot.book.journal",
                "_add(connection, account, tuple(executions), EXEC",
                "_add(connection, account, tuple(e for e in executions if e.version == 1), EXEC",
            ),
        ),
    ),
    Mutant(
        "told-twice-counts-twice",
        "hummingbot#1663",
        "a trade that is told twice is booked twice",
        "doubled",
        "I1",
        (
            edit(
                _RECORD,
                "        market.executions(since(account, book, OVERLAP) if",
                "        twice(market)(since(account, book, OVERLAP) if",
            ),
            edit(
                _RECORD,
                "def since(account",
                "def twice(market):\n"
                "    from dataclasses import replace\n"
                "    def told(since):\n"
                "        new = {}\n"
                "        for each in market.executions(since):\n"
                "            root = each.root + '*' * ((each.root, each.version) in new)\n"
                "            new[root, each.version] = replace(each, root=root)\n"
                "        return new.values()\n"
                "    return told\n\n\n"
                "def since(account",
            ),
        ),
    ),
    Mutant(
        "not-ours-is-dropped",
        "Lean.IB#189",
        "a fill of an order that is not ours is dropped",
        "others",
        "I1",
        (
            edit(
                "bot.book.journal",
                "_add(connection, account, tuple(executions), EXECUTIONS)",
                "_add(connection, account, tuple(e for e in executions if e.key), EXECUTIONS)",
            ),
        ),
    ),
    Mutant(
        "sales-by-the-broker",
        "Lean#5839",
        "what the broker sells by itself is explained as a transfer",
        "others",
        "I1",
        (
            edit(
                "bot.book.journal",
                "account, tuple(executions), EXEC",
                "account, tuple(e for e in executions if e.key or e.side == 'buy'), EXEC",
            ),
        ),
    ),
    Mutant(
        "late-fills-are-lost",
        "nautilus_trader#3869",
        "executions are asked for from the newest that is known, and never again",
        "late fills",
        "I1",
        NEVER_LOOKS_BACK,
    ),
    Mutant(
        "one-page-of-fills",
        "alpaca-py#544",
        "only the last page of a list is read",
        "late fills",
        "I1",
        (
            edit(
                "bot.book.journal",
                "_add(connection, account, tuple(executions), EXECUTIONS)",
                "_add(connection, account, tuple(executions)[-3:], EXECUTIONS)",
            ),
        ),
    ),
    Mutant(
        "fills-while-away",
        "Lean.IB#249",
        "fills of the time without a link are not asked for",
        "late fills",
        "I1",
        (
            edit(
                _RECORD,
                "return None if last is None else last - overlap",
                "return last and max(last, book.last_tieout(account).time)",
            ),
            edit(_RECORD, "OVERLAP) if is_clean else None", "OVERLAP)"),
        ),
    ),
    Mutant(
        "inferred-fill",
        "nautilus_trader#3493",
        "a position that differs is explained by a fill that nobody told, and then that is told",
        "withheld",
        "I4",
        (
            edit(
                "bot.reconcile.agree",
                "    found = _look_until_agreed(post, market, book)\n",
                "    adopt(post.policy, book, read_account(market), 'inferred', now)\n"
                "    found = _look_until_agreed(post, market, book)\n",
            ),
        ),
    ),
    Mutant(
        "splits-are-not-followed",
        "alpaca-py#469",
        "lots do not follow a split",
        "companies",
        "I4",
        (edit(_RECORD, "market.corporate_actions(None)", "()"),),
    ),
    Mutant(
        "names-are-not-followed",
        "Lean.IB#245",
        "a name that is traded under another one is another one",
        "companies",
        "I4",
        (
            edit(
                _RECORD,
                "market.corporate_actions(None)",
                "[a for a in market.corporate_actions(None) if not getattr(a, 'new_symbol', None)]",
            ),
        ),
    ),
    Mutant(
        "dividends-are-not-booked",
        "reliability fault 72: deposits, dividends and fees in the middle of a cycle",
        "what is paid is not booked",
        "payments",
        "I5",
        (edit(_RECORD, "market.cash_flows(None)", "()"),),
    ),
    Mutant(
        "transfers-are-not-booked",
        "reliability fault 74: an account transfer",
        "shares that come from another broker are not booked",
        "transfers",
        "I4 I6",
        (edit(_RECORD, "market.transfers(None)", "()"),),
    ),
)
