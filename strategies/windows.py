"""The days of the wash-sale rule as bounds of each name: what may not be bought, what not sold.

A name of which a loss was taken less than 31 days ago is not bought; of one that somebody of the
household bought in that time only as much is sold as realises no loss that the rule would take.
Which losses are gone for good and which only move, and what the owner allows of the latter, is in
``washes.enforce``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from brokers.words import ZERO, Symbol
from strategies.lots import Lot, Sale, queue
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Holding, Snapshot
from strategies.washes.enforce import (
    KIND,
    Seat,
    Taken,
    locked_groups,
    recent_groups,
    taken_by_buy,
    taken_by_sale,
)
from strategies.washes.home import Home
from strategies.washes.nouns import OpenLot, Trade
from strategies.washes.queries import Locked


@dataclass(frozen=True, slots=True)
class Window:
    """What the rule leaves of one name today.

    ``no_buy`` says why none is bought, empty where it may be. ``most`` are the shares that may be
    sold, None for all of them; ``no_sell`` then says why no more.
    """

    no_buy: str = ""
    most: Decimal | None = None
    no_sell: str = ""


OPEN = Window()
NO_WINDOWS: Mapping[Symbol, Window] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Judge:
    """The rule for the orders of one account at one moment.

    ``pieces`` are the household's open lots, by account and name.
    """

    home: Home
    snapshot: Snapshot
    policy: Policy
    pieces: Mapping[tuple[str, str], Sequence[OpenLot]]

    @property
    def seat(self) -> Seat:
        """Whose orders they are."""
        kind = KIND[self.policy.tax.kind]
        return Seat(str(self.snapshot.account), kind, self.snapshot.session)

    def group(self, symbol: Symbol) -> str:
        """The group of identical securities that ``symbol`` belongs to."""
        return self.home.ledger.group(str(symbol))

    def against(self, taken: Taken) -> str:
        """Why a trade that takes this is not to be done, or an empty string."""
        return taken.objection(may_defer=self.policy.taxpayer.may_defer)

    def of_sale(
        self,
        holding: Holding,
        quantity: Decimal,
        price: Decimal | None = None,
        buys: Iterable[Trade] = (),
    ) -> Taken:
        """What the rule takes of a sale of ``quantity``, at the bid where no ``price`` is said."""
        if price is None:
            price = _low(holding)
        sold: list[Lot] = []
        left = quantity
        for lot in self.in_order(holding):
            if left <= 0:
                break
            sold.append(lot)
            left -= lot.quantity
        names = (lot.lot_id for lot in sold)
        sale = self.seat.sale(str(holding.symbol), quantity, price, names)
        loses = left > 0 or any(may_be_loss(lot, price) for lot in sold)
        return taken_by_sale(self.home, sale, buys, loses=loses)

    def is_known(self, holding: Holding) -> bool:
        """Whether the household tells of all its lots as the account's book does."""
        account = str(self.snapshot.account)
        return all(
            sum((one.quantity for one in self.pieces.get((account, lot.lot_id), ())), ZERO)
            == lot.quantity
            for lot in holding.lots
        )

    def may_lose(self, lot: Lot, holding: Holding) -> bool:
        """Whether a share of ``lot`` may stand at a loss at the bid: False only where none does."""
        pieces, low = self.pieces.get((str(self.snapshot.account), lot.lot_id), ()), _low(holding)
        told = sum((one.quantity for one in pieces), ZERO)
        return told != lot.quantity or any(low * one.quantity < one.basis for one in pieces)

    def in_order(self, holding: Holding) -> Iterator[Lot]:
        """Its lots, the one that the broker sells next first."""
        price = holding.price / holding.fx if holding.fx else holding.price
        tax = self.policy.tax
        sale = Sale(self.snapshot.session, price, tax.short_rate, tax.long_rate)
        for place in queue(holding.lots, self.snapshot.relief, sale):
            yield holding.lots[place]


def may_be_loss(lot: Lot, price: Decimal) -> bool:
    """Whether a share of it is sold at a loss, by the book alone; of an unknown basis it may be."""
    return lot.unit_cost is None or lot.unit_cost > price


def judge_of(home: Home, snapshot: Snapshot, policy: Policy) -> Judge:
    """The rule for the orders of this account."""
    found: dict[tuple[str, str], list[OpenLot]] = {}
    for piece in home.ledger.open_lots:
        found.setdefault((piece.account, piece.lot), []).append(piece)
    return Judge(home, snapshot, policy, found)


def windows(
    snapshot: Snapshot, policy: Policy, targets: Mapping[Symbol, Decimal]
) -> Mapping[Symbol, Window]:
    """Every name that the rule keeps something of; none where no household is known."""
    if snapshot.home is None:
        return NO_WINDOWS
    judge = judge_of(snapshot.home, snapshot, policy)
    locked = locked_groups(judge.home, snapshot.session)
    recent = recent_groups(judge.home, snapshot.session)
    leaving = _leaving(judge, targets)
    found: dict[Symbol, Window] = {}
    for holding in snapshot.holdings:
        group = judge.group(holding.symbol)
        no_buy = _no_buy(holding, judge, locked)
        if not no_buy and leaving.get(group, holding.symbol) != holding.symbol:
            no_buy = f"{leaving[group]}, which is the same to the rule, may be sold at a loss"
        is_touched = group in recent or bool(judge.home.doubts) or not judge.is_known(holding)
        leaves = judge.home.may_leave and not targets.get(holding.symbol)
        most, why = _most(holding, judge, leaves=leaves) if is_touched else (None, "")
        if no_buy or most is not None:
            found[holding.symbol] = Window(no_buy, most, why)
    return found


def _leaving(judge: Judge, targets: Mapping[Symbol, Decimal]) -> dict[str, Symbol]:
    """Of each group with several names here the one above its target that stands at a loss."""
    if judge.policy.tax.kind is not TaxKind.TAXABLE or not judge.home.ledger.group_of:
        return {}
    nav = judge.snapshot.nav
    return {
        judge.group(one.symbol): one.symbol
        for one in judge.snapshot.holdings
        if one.value > targets.get(one.symbol, ZERO) * nav
        and any(lot.unit_cost is not None and judge.may_lose(lot, one) for lot in one.lots)
    }


def _low(holding: Holding) -> Decimal:
    """What a share of it sells for at the worst: the bid."""
    return holding.price if holding.quote is None else holding.quote.bid


def _no_buy(holding: Holding, judge: Judge, locked: Mapping[str, Locked]) -> str:
    if not holding.price:
        return ""
    buy = judge.seat.buy(str(holding.symbol), Decimal(1), holding.price)
    return judge.against(taken_by_buy(judge.home, buy, locked))


def _most(holding: Holding, judge: Judge, *, leaves: bool) -> tuple[Decimal | None, str]:
    """Shares that may be sold, from the first lot that the broker takes; None for all of them.

    What was bought of late takes no loss once it is sold itself: who ``leaves`` the name may sell
    all of it, also where no part of it may be.
    """
    if judge.policy.tax.kind is not TaxKind.TAXABLE:
        return None, ""
    lots, sold, free = tuple(judge.in_order(holding)), ZERO, ZERO
    first = next((n for n, lot in enumerate(lots) if judge.may_lose(lot, holding)), len(lots))
    for place, lot in enumerate(lots):
        sold += lot.quantity
        why = judge.against(judge.of_sale(holding, sold)) if place >= first else ""
        if why:
            break
        free = sold
    else:
        return None, ""
    if leaves and not judge.against(judge.of_sale(holding, holding.quantity)):
        return None, ""
    return free, why
