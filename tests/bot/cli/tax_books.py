"""An installation with a book of its own: two accounts of real money, told a line a trade."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from bot.book.book import Book
from bot.cli.wiring import keep_replay, read_config
from brokers.words import (
    AccountId,
    Environment,
    Execution,
    OrderKey,
    Side,
    Split,
    Symbol,
    Transfer,
)

NOON = time(17, tzinfo=UTC)
TODAY = datetime(2026, 1, 20, 17, tzinfo=UTC)
ACCOUNT = """
[accounts.{name}]
broker = "manual"
environment = "{money}"
{live}
[accounts.{name}.tax]
kind = "{kind}"
relief = "{relief}"
[accounts.{name}.target.weights]
VTI = 0.6
BND = 0.4
"""

HOUSEHOLD: Mapping[str, str] = {
    "main": """
        B1 2024-03-04 buy  100 VTI 250 1
        B3 2025-02-03 buy   10 BND  70 0
        S2 2025-05-05 sell  10 BND  75 0
        S1 2025-06-24 sell  60 VTI 230 0.60
        B2 2025-07-10 buy   20 VTI 228 0
    """,
    "ira": """
        I1 2025-07-08 buy   10 VTI 228 0
    """,
}
"""A loss of 1,201.20 on 60 shares, of which the IRA replaces 10 and the account itself 20."""


def install(
    folder: Path,
    trades: Mapping[str, str] = HOUSEHOLD,
    kinds: Mapping[str, str] | None = None,
    relief: str = "fifo",
    money: str = "live",
) -> str:
    """A config and a book in ``folder`` at noon of the day that is ``TODAY``; the config's path."""
    kinds = kinds or {"main": "taxable", "ira": "traditional"}
    path = folder / "config.toml"
    tables = (
        ACCOUNT.format(
            name=name,
            kind=kind,
            relief=relief,
            money=money,
            live=f'live_account = "{name}"' if money == "live" else "",
        )
        for name, kind in kinds.items()
    )
    path.write_text('book = "book.db"\n' + "".join(tables), encoding="utf-8")
    with Book.open(folder / "book.db", upgrade=True) as book:
        for name in kinds:
            book.bind(AccountId(name), "manual", Environment(money.upper()), name)
            put(book, name, trades.get(name, ""))
    config = read_config(path)
    config.state_dir.mkdir(parents=True, exist_ok=True)
    keep_replay(config, TODAY)
    return str(path)


def put(book: Book, account: str, lines: str) -> None:
    """Record lines ``ROOT DAY SIDE QUANTITY SYMBOL PRICE FEE [ORDER]``.

    Side ``in`` is a transfer whose last word is the day on which it came, price ``?`` an unknown
    basis; ``out`` is one that left; of a ``split`` the quantity is the ratio.
    """
    executions: list[Execution] = []
    transfers: list[Transfer] = []
    splits: list[Split] = []
    for words in (line.split() for line in lines.strip().splitlines()):
        root, day, side, quantity, symbol, *rest = words
        if side in {"buy", "sell"}:
            executions.append(execution(words))
        elif side == "split":
            ratio, on = Decimal(quantity), date.fromisoformat(day)
            splits.append(Split(root, Symbol(symbol), ratio, on))
        else:
            came = rest[1] if len(rest) > 1 else day
            shares = Decimal(quantity) * (1 if side == "in" else -1)
            cost = None if side == "out" or rest[0] == "?" else Decimal(rest[0])
            when = datetime.combine(date.fromisoformat(came), NOON)
            acquired = date.fromisoformat(day)
            transfers.append(Transfer(root, Symbol(symbol), shares, cost, acquired, when))
    book.record(AccountId(account), executions, (), transfers, splits)


def execution(words: list[str]) -> Execution:
    """One line of a trade."""
    root, day, side, quantity, symbol, price, fee, *order = words
    when = datetime.combine(date.fromisoformat(day), NOON)
    amounts = Decimal(quantity), Decimal(price), Decimal(fee)
    key = OrderKey(order[0]) if order else None
    return Execution(root, 1, key, Symbol(symbol), Side(side), *amounts, when)
