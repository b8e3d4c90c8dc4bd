"""The lots of a name in the order in which the broker sells them, each as the household knows it.

What the broker's own rule sells first is sold first, whatever the owner would rather sell: no order
can name a lot, so a lot behind others is reached only together with them. The account's book says
which lots there are; basis and holding period are the household's, with the losses that moved in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from brokers.words import USD, ZERO, Symbol
from strategies.harvest.nouns import Verdict
from strategies.lots import Lot, queue
from strategies.lots.dates import first_long_day
from strategies.policy import Policy
from strategies.snapshot import Holding, Snapshot
from strategies.taxes import sale_today
from strategies.taxes.deferral import waiting
from strategies.taxes.rates import Rates
from strategies.taxes.term import Term, is_six_months_or_less, term
from strategies.washes.home import Home
from strategies.washes.nouns import OpenLot

LEAST = Decimal("0.000000001")
"""A fraction of a share that is told: what differs by less does not."""

Known = Mapping[tuple[str, str], Sequence[OpenLot]]
"""The pieces of each open lot, by account and lot."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a lot is not harvested whatever it would bring."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One lot in its place. ``price`` is today's for a share; ``pieces`` are the household's.

    ``fault`` is None where all is known; basis and gain are None where the basis is not.
    """

    lot: Lot
    price: Decimal
    pieces: tuple[OpenLot, ...]
    fault: Fault | None

    @property
    def basis(self) -> Decimal | None:
        """Of the whole lot, with the losses that moved into it."""
        if self.pieces:
            return sum((piece.basis for piece in self.pieces), ZERO)
        return self.lot.cost

    @property
    def value(self) -> Decimal:
        """Of the whole lot, at mid."""
        return self.price * self.lot.quantity

    @property
    def gain(self) -> Decimal | None:
        """Of the whole lot; a loss is negative."""
        basis = self.basis
        return None if self.lot.unit_cost is None or basis is None else self.value - basis

    @property
    def held_since(self) -> date:
        """The earliest day since which a share of it counts as held."""
        return min((piece.held_since for piece in self.pieces), default=self.lot.acquired)

    @property
    def is_loss(self) -> bool:
        """Whether a share of it stands at a loss."""
        return any(piece.quantity * self.price < piece.basis for piece in self.pieces)

    def term(self, today: date) -> Term:
        """Its character if it were sold."""
        return term(self.held_since, today)

    def until(self, today: date) -> date | None:
        """The first day on which all of it is long-term; None where it is."""
        days = [first_long_day(piece.held_since) for piece in self.pieces]
        last = max(days, default=first_long_day(self.lot.acquired))
        return last if last > today else None

    def worth_of_waiting(self, today: date, rates: Rates, discount: Decimal) -> Decimal:
        """What it is worth to sell it when it is long-term and not today; less than zero if not."""
        found = ZERO
        for piece in self.pieces:
            unit = piece.basis / piece.quantity
            one = waiting(self.price, unit, piece.held_since, today, rates, discount)
            found += one.worth * piece.quantity
        return found


def known_lots(home: Home) -> Known:
    """The household's open lots, by account and name."""
    found: dict[tuple[str, str], list[OpenLot]] = {}
    for piece in home.ledger.open_lots:
        found.setdefault((piece.account, piece.lot), []).append(piece)
    return found


def ladder(
    holding: Holding, snapshot: Snapshot, policy: Policy, home: Home, known: Known
) -> tuple[Rung, ...]:
    """The lots of ``holding``, the one that is sold next first."""
    if not holding.lots or not holding.fx or holding.price <= 0:
        return ()
    price = holding.price / holding.fx
    places = queue(holding.lots, snapshot.relief, sale_today(holding, snapshot, policy.tax))
    rungs = []
    for place in places:
        lot = holding.lots[place]
        pieces = tuple(known.get((str(snapshot.account), lot.lot_id), ()))
        fault = (
            _exempt(lot, snapshot, policy)
            or _open_elsewhere(lot, policy, home)
            or _fault(lot, holding, snapshot, home, pieces)
        )
        is_known = fault is None or fault.verdict is Verdict.UNSURE
        rungs.append(Rung(lot, price, pieces if is_known else (), fault))
    return tuple(rungs)


def _exempt(lot: Lot, snapshot: Snapshot, policy: Policy) -> Fault | None:
    """Exempt interest that a fund paid takes as much of a loss of six months away.

    26 U.S.C. 852(b)(4)(B); days are counted as 246(c)(3) has it ((C)), but for those on which the
    risk was hedged, which are not known here. What a fund pays that declares its exempt interest
    daily takes nothing ((E)): such a fund the owner does not name. A lot that may be touched is
    left alone, for how much of a dividend was exempt is not known here either.
    """
    if lot.symbol not in policy.taxpayer.exempt:
        return None
    paid = [day for day, _ in snapshot.paid.get(lot.symbol, ()) if day > lot.acquired]
    if not paid or not is_six_months_or_less(lot.acquired, snapshot.session):
        return None
    what = f"held for six months or less, and it paid exempt interest on {paid[-1]}"
    return Fault(
        Verdict.LOST,
        f"{what}: as much of the loss as was exempt would be disallowed (26 U.S.C. 852(b)(4)(B))",
    )


def _open_elsewhere(lot: Lot, policy: Policy, home: Home) -> Fault | None:
    """What 26 U.S.C. 1091 asks as well, and this ledger does not know: brokers and owner say."""
    group = home.ledger.group
    if why := home.outside.get(group(lot.symbol)):
        return Fault(Verdict.UNSURE, why)
    if group(lot.symbol) not in {group(name) for name in policy.taxpayer.no_harvest}:
        return None
    return Fault(
        Verdict.UNSURE,
        f"no_harvest names {lot.symbol} or its like: options, contracts to buy, short sales or a"
        " corporation's shares are outside this ledger",
    )


def _fault(
    lot: Lot, holding: Holding, snapshot: Snapshot, home: Home, pieces: Sequence[OpenLot]
) -> Fault | None:
    if lot.unit_cost is None:
        return Fault(Verdict.UNKNOWN_BASIS, "basis unknown")
    if {lot.currency, snapshot.base} != {USD}:
        other = lot.currency if lot.currency != USD else snapshot.base
        return Fault(Verdict.UNSURE, f"it is reckoned in {other}, the tax in {USD}")
    if why := home.unsure.get((str(snapshot.account), lot.lot_id)):
        return Fault(Verdict.UNSURE, why)
    told = sum((piece.quantity for piece in pieces), ZERO)
    if abs(told - lot.quantity) >= LEAST:
        what = f"the account holds {lot.quantity:f} shares of it, the household's trades tell of"
        return Fault(Verdict.UNSURE, f"{what} {told:f}")
    booked = sum((each.quantity for each in holding.lots), ZERO)
    if booked != holding.quantity:
        what = f"{holding.quantity:f} shares are held, and {booked:f} are in lots"
        return Fault(Verdict.UNSURE, what)
    return None


def names_of(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """Their lots."""
    return tuple(rung.lot.lot_id for rung in rungs)


def symbol_of(rungs: Sequence[Rung]) -> Symbol:
    """The name whose ladder it is."""
    return rungs[0].lot.symbol
