"""The whole judgement: Snapshot and Policy in, Plan out. It asks five questions in five rooms.

    what     targets    the weights that we want today
    when     drift      is anything so far off that it should be mended?
    how      optimize   the trades that mend it with the least cost and tracking error
    whether  worth      do they gain more than they cost?
    in what  orders     whole shares or fractions, at a limit, on the tick

A plan to do nothing is a plan too, and says why.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NewType

from brokers.words import ZERO, AccountId, Currency, Environment, Order, OrderKey, Symbol
from strategies.drift import Look, Reason, findings, look_at, quiet, strongest
from strategies.lots import Lot
from strategies.policy import Policy
from strategies.policy.triggers import Action
from strategies.snapshot import Snapshot
from strategies.standing import Row, Standing, Unjudgeable
from strategies.worth import Proof, Worth, because, objection

if TYPE_CHECKING:  # proposing opens the optimiser; who only reads plans shall not wait for it
    from strategies.border import Company
    from strategies.border.second import Ask
    from strategies.optimize.ladder import Rung
    from strategies.optimize.progress import Progress, Tick
    from strategies.proposal import Priced, Proposal


PlanId = NewType("PlanId", str)


@dataclass(frozen=True, slots=True)
class Hold:
    """Do nothing, and why. ``remedy`` is what a person should do, where he is waited for."""

    why: str
    kind: Literal["hold"] = "hold"
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Rebalance:
    """Trade, and why. ``full`` where every name is brought to target."""

    why: str
    full: bool
    kind: Literal["rebalance"] = "rebalance"


Decision = Hold | Rebalance


@dataclass(frozen=True, slots=True)
class Line:
    """One name before and after the plan; weights are shares of NAV, prices in base currency."""

    symbol: Symbol
    price: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    weight_before: Decimal
    weight_after: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One order of the plan, with the mid it was priced from and the lots that it will sell."""

    order: Order
    mid: Decimal
    lots: tuple[Lot, ...]
    spread: Decimal
    """Cost of crossing, in base currency, as are ``fees``, ``impact`` and ``tax``."""
    fees: Decimal
    impact: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one account, and everything a person needs to judge it.

    ``cash_after`` is what is left when every order fills at its limit, the worst price it can get,
    and all fees are paid.
    """

    plan_id: PlanId
    account: AccountId
    environment: Environment
    time: datetime
    session: date
    base: Currency
    nav: Decimal
    cash_before: Decimal
    cash_after: Decimal
    decision: Decision
    reasons: tuple[Reason, ...]
    legs: tuple[Leg, ...]
    lines: tuple[Line, ...]
    worth: Worth | None
    is_first: bool
    warnings: tuple[str, ...]
    proof: Proof | None = None
    """How good the trades are; None where none were looked for, and in plans of old."""
    impact_factor: Decimal | None = None
    """Y of the square-root law that the legs' impact was computed with; None in plans of old."""
    alerts: tuple[Reason, ...] = ()
    """What is only warned of: nothing is traded for it, by the owner's wish or since none can."""
    action: Action | None = None
    """The strongest that ``reasons`` ask for; None where there are none, and in plans of old."""

    @property
    def drift_before(self) -> Decimal:
        """Largest distance of a weight from its target before the plan."""
        return max(
            (abs(line.weight_before - line.target) for line in self.lines), default=Decimal(0)
        )

    @property
    def drift_after(self) -> Decimal:
        """The same after it, at the prices of the plan."""
        return max(
            (abs(line.weight_after - line.target) for line in self.lines), default=Decimal(0)
        )

    @property
    def turnover(self) -> Decimal:
        """Value of all orders at mid, bought and sold, as a share of NAV."""
        if not self.nav:
            return Decimal(0)
        moved = (
            abs(line.quantity_after - line.quantity_before) * line.price for line in self.lines
        )
        return sum(moved, Decimal(0)) / self.nav


def make_plan(
    snapshot: Snapshot,
    policy: Policy,
    tick: "Tick | None" = None,
    rungs: "Callable[[], tuple[Rung, ...]] | None" = None,
    ask: "Ask | None" = None,
) -> Plan:
    """Judge the account: what to do now, or why to do nothing.

    ``tick`` hears how the search for trades gets on, and ends it by answering False: the plan is
    then the best so far. ``rungs`` gives the solvers in their order, once they are needed, and
    ``ask`` a second opinion; the house's own where they are not given. Nothing that a broker, a
    market or an owner can do makes this raise: what makes no sense is a ``Hold`` that says so.
    """
    heard = _Heard(tick)
    plan = _make(snapshot, policy, heard if tick else None, rungs, ask)
    return _renamed(plan) if heard.has_ended else plan


def _make(
    snapshot: Snapshot,
    policy: Policy,
    tick: "Tick | None",
    rungs: "Callable[[], tuple[Rung, ...]] | None",
    ask: "Ask | None",
) -> Plan:
    plan = _blank(snapshot, policy)
    if snapshot.untold:
        return replace(plan, decision=Hold(snapshot.untold, remedy=MEND))
    try:
        look = look_at(snapshot, policy)
        stand = look.stand
        found, warned = findings(look, policy)
        plan = replace(
            plan,
            reasons=found,
            alerts=warned,
            action=strongest(found, policy.triggers) if found else None,
            lines=tuple(_line(row) for row in stand.rows),
            warnings=(*plan.warnings, *look.remarks),
        )
        if not found:
            return replace(
                plan, decision=Hold(quiet(stand, snapshot, policy, warned, look.put_off))
            )
        proposal = _propose(look, found, policy, _company(tick, rungs, ask))
        return _judge(plan, stand, proposal, policy)
    except Unjudgeable as exc:
        return replace(plan, decision=Hold(str(exc)))


MEND = "mend your code; trimtab check tries it again"


class _Heard:
    """A tick that remembers whether it ended the search."""

    def __init__(self, tick: "Tick | None") -> None:
        self._tick = tick
        self.has_ended = False

    def __call__(self, progress: "Progress") -> bool:
        assert self._tick is not None, "only who listens is told"
        self.has_ended = not self._tick(progress)
        return not self.has_ended


def _renamed(plan: Plan) -> Plan:
    """``plan``, cut short, with an id of its own: one of the same moment may say something else."""
    said = (plan.plan_id, plan.decision, plan.legs, plan.warnings, plan.proof)
    name = PlanId(hashlib.sha256(repr(said).encode()).hexdigest()[:10].upper())
    legs = (
        replace(leg, order=replace(leg.order, key=order_key(name, number)))
        for number, leg in enumerate(plan.legs, 1)
    )
    return replace(plan, plan_id=name, legs=tuple(legs))


def order_key(plan_id: PlanId, leg: int) -> OrderKey:
    """Id of a plan's order number ``leg``: at most 20 characters of A-Z, 0-9 and a hyphen."""
    return OrderKey(f"TT-{plan_id}-{leg:03d}")


def _propose(
    look: Look, found: tuple[Reason, ...], policy: Policy, company: "Company"
) -> "Proposal":
    from strategies.proposal import propose

    return propose(look, found, policy, company)


def _company(
    tick: "Tick | None", rungs: "Callable[[], tuple[Rung, ...]] | None", ask: "Ask | None"
) -> "Company":
    """With the house's own where nobody is given."""
    from strategies.border import Company

    ours = Company()
    return Company(tick or ours.tick, rungs() if rungs else ours.rungs, ask or ours.ask)


def _judge(plan: Plan, stand: Standing, proposal: "Proposal", policy: Policy) -> Plan:
    """The proposal as a plan, unless there is something against it."""
    warnings = (*plan.warnings, *proposal.warnings)
    plan = replace(plan, warnings=warnings, proof=proposal.proof)
    if proposal.ended and (not proposal.priced or proposal.fault or proposal.unkept):
        return replace(plan, decision=Hold(proposal.ended))
    if not proposal.priced:
        return replace(plan, decision=Hold(NO_ROOM if proposal.limited else NO_ORDER))
    if proposal.fault:
        return replace(plan, decision=Hold(f"the plan failed its last check: {proposal.fault}"))
    if proposal.unkept:
        why = f"no orders keep every limit: {'; '.join(proposal.unkept)}"
        return replace(plan, decision=Hold(why))
    plan = replace(plan, worth=proposal.worth)
    triggers = policy.triggers
    if why := objection(proposal.worth, plan.reasons, policy.worth, plan.base, triggers):
        return replace(plan, decision=Hold(why))
    trades = {priced.trade.row.symbol: priced for priced in proposal.priced}
    return replace(
        plan,
        decision=Rebalance(
            because(proposal.worth, plan.reasons, triggers, plan.base), proposal.full
        ),
        legs=tuple(_leg(plan.plan_id, n, p) for n, p in enumerate(proposal.priced, 1)),
        lines=tuple(_line_after(row, trades, stand.nav) for row in stand.rows),
        cash_after=plan.cash_before + proposal.cash,
    )


NO_ORDER = "nothing to order: all that is off is less than a share, a smallest order, or the cash"
NO_ROOM = "nothing to order: the limits leave no trade that is worth an order"


def _leg(plan_id: PlanId, number: int, priced: "Priced") -> Leg:
    trade, bill = priced.trade, priced.bill
    quote = trade.row.holding.quote
    assert quote is not None, "an unpriced order does not pass the last check"
    return Leg(
        order=Order(
            key=order_key(plan_id, number),
            symbol=trade.row.symbol,
            side=trade.side,
            quantity=trade.quantity,
            limit=trade.limit,
            currency=quote.currency,
        ),
        mid=quote.mid,
        lots=priced.lots,
        spread=bill.spread,
        fees=bill.fees,
        impact=bill.impact,
        tax=bill.tax,
    )


def _line(row: Row) -> Line:
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


def _line_after(row: Row, trades: "Mapping[Symbol, Priced]", nav: Decimal) -> Line:
    line = _line(row)
    if row.symbol not in trades:
        return line
    trade = trades[row.symbol].trade
    quantity = line.quantity_before + trade.side.sign * trade.quantity
    return replace(line, quantity_after=quantity, weight_after=quantity * line.price / nav)


def _blank(snapshot: Snapshot, policy: Policy) -> Plan:
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
    )


def sound_nav(snapshot: Snapshot) -> Decimal:
    """Net asset value, or zero where a part of it is not a number."""
    parts = [snapshot.cash, snapshot.accrued]
    for holding in snapshot.holdings:
        parts += [holding.quantity, holding.price]
    return snapshot.nav if all(part.is_finite() for part in parts) else ZERO


def _plan_id(snapshot: Snapshot, policy: Policy) -> PlanId:
    """Ten hexadecimal digits: the same for the same account, moment, holdings, cash and policy.

    And for the same answer of the owner's own code, where it was asked.
    """
    holdings = ";".join(f"{h.symbol} {h.quantity} {h.price}" for h in snapshot.holdings)
    told = (snapshot.told, snapshot.forecast, snapshot.untold)
    asked = (told,) if told != UNASKED else ()
    said = (snapshot.account, snapshot.time.isoformat(), snapshot.cash, holdings, policy, *asked)
    return PlanId(hashlib.sha256(repr(said).encode()).hexdigest()[:10].upper())


UNASKED = (None, None, "")
