"""The household's ledger in a running daemon: from nothing, and after each fill.

    python -m benchmarks.tax.ledger                             4,000 executions, 38 names
    python -m benchmarks.tax.ledger --executions 20000 --fills 50

Three accounts of one household in a real book: two taxable ones and an IRA, dividends every
quarter. Seconds of processor time until the household is known that the next order is judged by;
"nothing new" is what each further order of the same moment waits.
"""

from benchmarks.optimizer.one_core import spent  # before NumPy

# isort: split
import argparse
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bot.book.book import Book
from bot.config.read import read_text
from bot.config.settings import Config
from bot.household.kin import Kin, kin_of
from brokers.words import AccountId, CashFlow, Environment, Execution, FlowKind, Side, Symbol

KINDS = {"main": "taxable", "hers": "taxable", "ira": "traditional"}
BEGIN = datetime(2023, 1, 3, 15, tzinfo=UTC)
NOW = datetime(2026, 1, 20, 15, tzinfo=UTC)
ACCOUNT = """
[accounts.{name}]
broker = "paper"
environment = "paper"
[accounts.{name}.tax]
kind = "{kind}"
[accounts.{name}.target.weights]
S0 = 1
"""


def executions(count: int, names: int, begin: datetime) -> Iterator[tuple[str, Execution]]:
    """Account and execution, up to ``NOW``: buys and sales, never of more than is held."""
    dice = Random(1)  # noqa: S311  # a draw, not a secret
    held: dict[tuple[str, str], int] = {}
    step = (NOW - begin) / count
    for place in range(count):
        account, symbol = dice.choice([*KINDS]), f"S{dice.randrange(names)}"
        there = held.get((account, symbol), 0)
        sells = there > 0 and dice.random() < 0.4
        shares = dice.randrange(1, min(there, 50) + 1) if sells else dice.randrange(1, 50)
        held[account, symbol] = there - shares if sells else there + shares
        side, price = Side.SELL if sells else Side.BUY, Decimal(dice.randrange(8000, 12000)) / 100
        when = begin + step * place
        amounts = Decimal(shares), price, Decimal("0.35")
        yield account, Execution(f"E{place}", 0, None, Symbol(symbol), side, *amounts, when)


def dividends(names: int) -> Iterator[CashFlow]:
    """One of each name every quarter."""
    for number in range(names):
        for quarter in range(12):
            when = BEGIN + timedelta(days=60 + 91 * quarter, hours=1)
            name = f"D{number}:{quarter}"
            yield CashFlow(
                name, FlowKind.DIVIDEND, Decimal("12.34"), when, symbol=Symbol(f"S{number}")
            )


def filled(book: Book, told: list[tuple[str, Execution]], names: int) -> None:
    """Accounts of play money with a past, each looked at today."""
    for name in KINDS:
        account = AccountId(name)
        own = [one for owner, one in told if owner == name]
        book.bind(account, "paper", Environment.PAPER, name)
        book.record(account, own, [*dividends(names)], (), ())
        book.keep_tieout(account, NOW, ok=True, text="")


def fill(number: int, names: int) -> Execution:
    """A purchase of today."""
    symbol, when = Symbol(f"S{number % names}"), NOW + timedelta(seconds=number)
    amounts = Decimal(3), Decimal(100), Decimal("0.35")
    return Execution(f"F{number}", 0, None, symbol, Side.BUY, *amounts, when)


def seconds(act: Callable[[], object]) -> float:
    """Processor time."""
    began = spent()
    act()
    return spent() - began


def kin(config: Config, book: Book) -> Kin:
    """The household, of which nothing is known yet."""
    return kin_of(config, book)[AccountId("main")]


def main() -> None:
    """Fill a book, then ask as the daemon does."""
    parser = argparse.ArgumentParser(description="The household's ledger after a fill.")
    parser.add_argument("--executions", type=int, default=4_000)
    parser.add_argument("--names", type=int, default=38)
    parser.add_argument("--fills", type=int, default=20)
    asked = parser.parse_args()
    told = [*executions(asked.executions, asked.names, BEGIN)]
    text = "".join(ACCOUNT.format(name=name, kind=kind) for name, kind in KINDS.items())
    with TemporaryDirectory() as folder:
        config = read_text(text, Path(folder) / "config.toml", {})
        with Book.open(config.book_url, upgrade=True) as book:
            filled(book, told, asked.names)
            one = kin(config, book)
            rows = {"from nothing": [seconds(lambda: one.home(NOW))]}
            rows["nothing new"] = [seconds(lambda: one.home(NOW)) for _ in range(asked.fills)]
            after, afresh = (
                rows.setdefault("after a fill", []),
                rows.setdefault("... by who forgot", []),
            )
            for number in range(asked.fills):
                book.record(AccountId("main"), [fill(number, asked.names)], (), (), ())
                after.append(seconds(lambda: one.home(NOW)))
                afresh.append(seconds(lambda: kin(config, book).home(NOW)))
    print(f"{len(told):,} executions of {len(KINDS)} accounts in {asked.names} names")
    print(f"{'seconds':18} {'median':>8} {'most':>8}")
    for name, found in rows.items():
        print(f"{name:18} {statistics.median(found):8.4f} {max(found):8.4f}")


if __name__ == "__main__":
    main()
