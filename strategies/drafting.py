"""The parts of a plan from what was found: a blank one, a line a name, a leg an order."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from brokers.words import USD, ZERO, Order, OrderKey, Symbol
from strategies.planned import Hold, Leg, Line, Plan, PlanId
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Snapshot
from strategies.standing import Row

if TYPE_CHECKING:  # who only reads plans shall not wait for the optimiser
    from strategies.proposal import Priced


def leg_of(priced: "Priced", keys: Mapping[Symbol, OrderKey]) -> Leg:
    """An order of the plan; ``keys`` are those of all of its orders."""
    trade, bill = priced.trade, priced.bill
    quote = trade.row.holding.quote
    assert quote is not None, "an unpriced order does not pass the last check"
    return Leg(
        order=Order(
            key=keys[trade.row.symbol],
            symbol=trade.row.symbol,
            side=trade.side,
            quantity=trade.quantity,
            limit=trade.limit,
            currency=quote.currency,
            force=trade.force,
        ),
        mid=quote.mid,
        lots=priced.lots,
        spread=bill.spread,
        fees=bill.fees,
        impact=bill.impact,
        tax=bill.tax,
        paired=priced.paired,
        instead_of=tuple(keys[symbol] for symbol in priced.instead_of if symbol in keys),
    )


def with_notes(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """``legs`` where the two orders of a pair name each other, for who carries them out by hand."""
    legs = tuple(legs)
    symbols = {leg.order.key: leg.order.symbol for leg in legs}
    notes = dict[OrderKey, list[str]]()
    for leg in legs:
        sold = ", ".join(symbols[key] for key in leg.instead_of)
        if sold:
            only = "once that is sold, and no more than was sold of it"
            notes.setdefault(leg.order.key, []).append(f"in place of {sold}: {only}")
        for key in leg.instead_of:
            notes.setdefault(key, []).append(
                f"at a loss: {leg.order.symbol} is bought in its place"
            )
    return tuple(
        replace(leg, order=replace(leg.order, note="; ".join(notes[leg.order.key])))
        if leg.order.key in notes
        else leg
        for leg in legs
    )


def line_of(row: Row) -> Line:
    """A name that nothing is done about."""
    quantity = row.holding.quantity
    return Line(
        symbol=row.symbol,
        price=row.holding.price,
        quantity_before=quantity,
        quantity_after=quantity,
        weight_before=row.weight,
        weight_after=row.weight,
        target=row.target,
        low=row.low,
        high=row.high,
        barred=row.barred,
    )


def line_after(row: Row, trades: "Mapping[Symbol, Priced]", nav: Decimal) -> Line:
    """A name once the trades are done."""
    line = line_of(row)
    if row.symbol not in trades:
        return line
    trade = trades[row.symbol].trade
    quantity = line.quantity_before + trade.side.sign * trade.quantity
    return replace(line, quantity_after=quantity, weight_after=quantity * line.price / nav)


def blank_of(snapshot: Snapshot, policy: Policy) -> Plan:
    """A plan that says nothing yet."""
    return Plan(
        plan_id=_plan_id(snapshot, policy),
        account=snapshot.account,
        environment=snapshot.environment,
        time=snapshot.time,
        session=snapshot.session,
        base=snapshot.base,
        nav=sound_nav(snapshot),
        cash_before=snapshot.cash,
        cash_after=snapshot.cash,
        decision=Hold("not judged"),
        reasons=(),
        legs=(),
        lines=(),
        worth=None,
        is_first=snapshot.is_first,
        warnings=snapshot.warnings,
        impact_factor=policy.costs.impact,
        unscanned=_unscanned(snapshot, policy),
    )


def unjudged(blank: Plan, why: Hold) -> Plan:
    """A plan of an account that could not be looked at, for losses neither."""
    unscanned = None if blank.unscanned is None else why.why
    return replace(blank, decision=why, unscanned=unscanned)


def _unscanned(snapshot: Snapshot, policy: Policy) -> str | None:
    """Why ``harvest.pairs`` will not look through its lots, empty where it will."""
    if policy.harvest is None or policy.tax.kind is not TaxKind.TAXABLE:
        return None
    if snapshot.home is None:
        return "nothing is known of its household"
    if snapshot.base != USD:
        return f"it is reckoned in {snapshot.base}, the tax in {USD}"
    if snapshot.last_traded == snapshot.session:
        return "it was traded in this session before"
    return next(iter(snapshot.home.doubts), "")


def sound_nav(snapshot: Snapshot) -> Decimal:
    """Net asset value, or zero where a part of it is not a number."""
    parts = [snapshot.cash, snapshot.accrued]
    for holding in snapshot.holdings:
        parts += [holding.quantity, holding.price]
    return snapshot.nav if all(part.is_finite() for part in parts) else ZERO


def _plan_id(snapshot: Snapshot, policy: Policy) -> PlanId:
    """The same for the same book, account, moment, holdings, cash and policy.

    And for the same answer of the owner's own code, where it was asked.
    """
    holdings = ";".join(f"{h.symbol} {h.quantity} {h.price}" for h in snapshot.holdings)
    told = (snapshot.told, snapshot.forecast, snapshot.untold)
    asked = (told,) if told != UNASKED else ()
    said = (snapshot.account, snapshot.time.isoformat(), snapshot.cash, holdings, policy, *asked)
    return name_of(said, snapshot.origin)


def name_of(said: tuple[object, ...], origin: str) -> PlanId:
    """Ten signs that stand for what is ``said``: hexadecimal digits, or those of a book.

    These are its two letters, and eight of A-Z and 0-9, which tell more than ten digits do.
    """
    digest = hashlib.sha256(repr(said).encode()).digest()
    if not origin:
        return PlanId(digest.hex()[:10].upper())
    number = int.from_bytes(digest)
    signs = (SIGNS[number // len(SIGNS) ** place % len(SIGNS)] for place in range(8))
    return PlanId(origin + "".join(signs))


SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

UNASKED = (None, None, "")
