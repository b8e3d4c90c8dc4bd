"""What the rule makes of an order before it leaves: what loss it would take, and whether it may.

Both directions of 26 U.S.C. 1091 are asked. A purchase takes losses of the 30 days before it, in
every account; a sale at a loss is taken by purchases of the 30 days before it, and by those that
are in the market. What no basis would receive is never done (Rev. Rul. 2008-5); what only moves to
another basis is done where the owner says so, at its price.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from brokers.words import ZERO
from strategies.policy import TaxKind
from strategies.washes.home import Home
from strategies.washes.matching import WINDOW_DAYS
from strategies.washes.nouns import BUY, SELL, TAXABLE, BadTrade, Trade
from strategies.washes.queries import Locked, locks, would_wash

KIND: Final[Mapping[TaxKind, str]] = MappingProxyType(
    {
        TaxKind.TAXABLE: TAXABLE,
        TaxKind.TRADITIONAL: "ira",
        TaxKind.ROTH: "roth",
        TaxKind.HSA: "hsa",
    }
)
"""What the ledger calls the kinds of account."""
WINDOW = timedelta(days=WINDOW_DAYS)


@dataclass(frozen=True, slots=True)
class Taken:
    """The losses that a trade would take: ``lost`` for good, ``deferred`` to another basis.

    In dollars, positive. ``why`` is a sentence without its end, empty where nothing is taken;
    ``until`` is the last day on which it would be.
    """

    lost: Decimal = ZERO
    deferred: Decimal = ZERO
    why: str = ""
    until: date | None = None
    unclear: str = ""
    """Why it cannot be judged; then nothing is known of what it takes."""
    perhaps: str = ""
    """Why a loss that nobody knows of may be deferred besides."""

    def objection(self, *, may_defer: bool) -> str:
        """Why it is not to be done, or an empty string."""
        if self.unclear:
            return self.unclear
        if self.lost:
            return f"{self.why}: {self.lost:,.2f} USD would be lost for good"
        if self.deferred and not may_defer:
            return f"{self.why}: {self.deferred:,.2f} USD of loss would only move to other lots"
        return "" if may_defer else self.perhaps


NOTHING = Taken()


def taken_by_buy(home: Home, buy: Trade, known: Mapping[str, Locked] | None = None) -> Taken:
    """What ``buy`` would take of losses that were realised, or are about to be.

    ``known`` are the locks of the day by group, where they have been worked out.
    """
    if buy.kind in home.ledger.outside:
        return NOTHING
    group = home.ledger.group(buy.symbol)
    lock = (locked_groups(home, buy.day) if known is None else known).get(group)
    perhaps = _unknown(home, group, buy)
    try:
        pending = _pending(home, group, buy)
    except BadTrade as exc:
        return Taken(unclear=f"a sale of {buy.symbol} that is in the market is not clear: {exc}")
    loss = ZERO if lock is None else lock.taken_by(buy.quantity)
    loss += sum((each for _, each in pending), ZERO)
    is_taxable = buy.kind == TAXABLE
    if not loss:
        return Taken(perhaps=perhaps) if is_taxable else Taken(unclear=perhaps)
    until = buy.day + WINDOW if lock is None or pending else lock.until
    why = _sold(lock, pending)
    if is_taxable:
        return Taken(deferred=loss, why=why, until=until, perhaps=perhaps)
    return Taken(lost=loss, why=why, until=until)


def _unknown(home: Home, group: str, buy: Trade) -> str:
    """What another account may have sold at a loss, as far as nobody knows."""
    others = (one for one in home.unseen if one.account != buy.account)
    return next((one.words for one in others if one.may_have_sold(group)), "")


def locked_groups(home: Home, day: date) -> dict[str, Locked]:
    """The groups of which a buy on ``day`` would take a realised loss."""
    return {lock.group: lock for lock in locks(home.ledger, day)}


def _pending(home: Home, group: str, buy: Trade) -> list[tuple[Trade, Decimal]]:
    """Sales at a loss that are in the market, of the same group, and their losses."""
    found: list[tuple[Trade, Decimal]] = []
    for sale in home.sells:
        if home.ledger.group(sale.symbol) == group and sale.kind == TAXABLE:
            loss = would_wash(home.ledger, sale).loss
            if loss:
                found.append((sale, loss * min(Decimal(1), buy.quantity / sale.quantity)))
    return found


def _sold(lock: Locked | None, pending: Iterable[tuple[Trade, Decimal]]) -> str:
    for sale, _ in pending:
        return f"{sale.symbol} is being sold at a loss in {sale.account}"
    assert lock is not None, "what is taken was sold, or is being sold"
    last = lock.locks[-1]
    return (
        f"{last.symbol} was sold at a loss on {last.sold} in {last.account}, "
        f"not to be bought up to {lock.until}"
    )


def taken_by_sale(
    home: Home, sale: Trade, buys: Iterable[Trade] = (), *, loses: bool = True
) -> Taken:
    """What would be taken of the loss of ``sale``, which names its lots; ``buys`` are planned too.

    Of a sale without a loss nothing is, nor of one inside an account that is not taxed. ``loses``
    is whether it may be a loss by the account's own book, where the household does not know it.
    """
    if sale.kind != TAXABLE or sale.symbol in home.undone:
        return NOTHING
    try:
        washed = would_wash(home.ledger, sale, buys=(*home.buys, *buys))
    except BadTrade as exc:
        why = f"the household's trades do not tell of what is sold: {exc}"
        return Taken(unclear=why) if loses else NOTHING
    if not washed.loss:
        return NOTHING
    if home.doubts:
        return Taken(unclear=f"a loss may not count: {home.doubts[0]}")
    if not (washed.lost or washed.deferred):
        return NOTHING
    last = max(washed.because, key=lambda move: move.acquired)
    why = f"{last.symbol} was bought on {last.acquired} in {last.account}, within 30 days"
    return Taken(washed.lost, washed.deferred, why, last.acquired + WINDOW)


def recent_groups(home: Home, day: date) -> frozenset[str]:
    """Groups of which something was bought in the 30 days before ``day``, or is being bought."""
    return frozenset(_recent(home, day))


def _recent(home: Home, day: date) -> Iterator[str]:
    since, group = day - WINDOW, home.ledger.group
    for lot in home.ledger.open_lots:
        if lot.acquired >= since:
            yield group(lot.symbol)
    for one in (*home.ledger.disposals, *home.ledger.sheltered):
        if one.sold == day and one.acquired >= since:
            yield group(one.symbol)
    for buy in home.buys:
        yield group(buy.symbol)


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose order it is: the account, its kind as the ledger calls it, and the trade date."""

    account: str
    kind: str
    day: date

    def buy(self, symbol: str, quantity: Decimal, price: Decimal) -> Trade:
        """A purchase as a row of the household's journal."""
        return self._row(BUY, symbol, quantity, price, "")

    def sale(self, symbol: str, quantity: Decimal, price: Decimal, lots: Iterable[str]) -> Trade:
        """A sale of ``lots``, in their order."""
        names = ";".join(lot.replace(";", ",") for lot in lots)
        return self._row(SELL, symbol, quantity, price, names)

    def _row(self, side: str, symbol: str, quantity: Decimal, price: Decimal, lot: str) -> Trade:
        return Trade(
            self.day, self.account, self.kind, symbol, side, quantity, price, ZERO, lot, ""
        )
