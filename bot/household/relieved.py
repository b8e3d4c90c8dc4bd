"""The last sales of an account: the lots that the book took, and those that the owner wants sold.

Where the broker does not relieve lots as ``tax.relief`` says, a person names them in the account at
the broker, until the sale is settled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from bot.household.relief import rules_of
from brokers.words import Execution, Relief, Side
from strategies.lots import Lot, Rules, latest_versions, ledger, trade_date
from strategies.lots.choose import choose
from strategies.lots.naming import Naming, settlement, sheet
from strategies.policy import TaxKind

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig

LOOK_BACK = timedelta(days=10)

Named = Literal["as wanted", "named", "to be named", "too late"]


@dataclass(frozen=True, slots=True)
class Relieved:
    """A sale; its lots may be named at the broker up to ``until``."""

    sale: Execution
    day: date
    until: date
    naming: Naming
    state: Named


def relief_of(account: "AccountConfig", book: "Book", today: date) -> Relief:
    """How the broker relieves lots, as the book knows since the last look."""
    return rules_of(account.account, account.policy.tax, book).on(today).relief


def sales_of(account: "AccountConfig", book: "Book", today: date) -> Iterator[Relieved]:
    """Sales of the last days by another method than is wanted; none where gains are not taxed.

    Raises ``BadLots`` where the book cannot be added up.
    """
    tax = account.policy.tax
    if tax.kind is not TaxKind.TAXABLE:
        return
    rules = rules_of(account.account, tax, book)
    for sale, lots in _recent(account, book, rules, today):
        if rules.on(trade_date(sale)).relief is not tax.relief or sale.root in rules.named:
            yield _relieved(sale, lots, (rules, Rules(tax)), today)


def sheet_of(account: "AccountConfig", book: "Book", today: date) -> tuple[str, ...]:
    """What to name at the broker for the sales of ``today``, a sentence each; told at once."""
    namings = [
        one.naming
        for one in sales_of(account, book, today)
        if one.day == today and one.state == "to be named"
    ]
    return sheet(namings, relief_of(account, book, today), account.policy.tax.relief, today)


def _recent(
    account: "AccountConfig", book: "Book", rules: Rules, today: date
) -> Iterator[tuple[Execution, tuple[Lot, ...]]]:
    """Each sale of the last days, with the lots that stood before it."""
    name = account.account
    trades = latest_versions(book.executions(name))
    transfers, actions = book.transfers(name), book.corporate_actions(name)
    for place, one in enumerate(trades):
        day = trade_date(one)
        if one.side is not Side.SELL or day < today - LOOK_BACK:
            continue
        moved = [transfer for transfer in transfers if transfer.time <= one.time]
        done = [action for action in actions if action.effective <= day]
        found = ledger(trades[:place], moved, done, rules)
        yield one, found.lots.get(one.symbol, ())


def _relieved(
    sale: Execution, lots: tuple[Lot, ...], rules: tuple[Rules, Rules], today: date
) -> Relieved:
    real, owners = rules
    day, price = trade_date(sale), sale.price - sale.fee / sale.quantity
    asked = (lots, sale.quantity, sale.symbol)
    takes, _ = choose(*asked, real, real.sale(day, price), sale.root)
    wanted, _ = choose(*asked, owners, owners.sale(day, price))
    naming, until = Naming(sale.symbol, sale.quantity, takes, wanted), settlement(day)
    state: Named = "too late" if today > until else "to be named"
    if sale.root in real.named:
        state = "named"
    elif not naming.is_needed:
        state = "as wanted"
    return Relieved(sale, day, until, naming, state)
