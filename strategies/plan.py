"""The whole judgement: Snapshot and Policy in, Plan out. It asks five questions in five rooms.

    what     targets    the weights that we want today
    when     drift      is anything so far off that it should be mended?
    how      optimize   the trades that mend it with the least cost and tracking error
    whether  worth      do they gain more than they cost?
    in what  orders     whole shares or fractions, at a limit, on the tick

A plan to do nothing is a plan too, and says why.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from brokers.words import Side, Symbol
from strategies.drafting import (
    blank_of,
    leg_of,
    line_after,
    line_of,
    name_of,
    sound_nav,
    unjudged,
    with_notes,
)
from strategies.drift import CashToRaise, Look, Reason, findings, look_at, quiet, strongest
from strategies.instructions import lots_to_name
from strategies.orders.check import WASHED
from strategies.planned import (
    CHILDREN_MAX,
    Decision,
    Hold,
    Leg,
    Line,
    Plan,
    PlanId,
    Rebalance,
    belongs,
    child_key,
    child_number,
    leg_key,
    order_key,
    origin_of,
)
from strategies.policy import Policy
from strategies.snapshot import Snapshot
from strategies.standing import Standing, Unjudgeable, sound_nav_of
from strategies.worth import because, objection

if TYPE_CHECKING:  # proposing opens the optimiser; who only reads plans shall not wait for it
    from strategies.border import Company
    from strategies.border.second import Ask
    from strategies.harvest.pairs import Pair
    from strategies.optimize.ladder import Rung
    from strategies.optimize.progress import Progress, Tick
    from strategies.pairing import Real
    from strategies.proposal import Proposal


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
    blank = blank_of(snapshot, policy)
    if snapshot.untold:
        return unjudged(blank, Hold(snapshot.untold, remedy=MEND))
    company = _company(tick, rungs, ask)
    try:
        plan = _judged(snapshot, policy, blank, company)
        plan = _within_gains(plan, snapshot, policy, blank, company)
        by_hand = lots_to_name(plan.legs, snapshot, policy)
        return replace(plan, warnings=(*plan.warnings, *by_hand))
    except Unjudgeable as exc:
        return unjudged(blank, Hold(str(exc)))


def _judged(snapshot: Snapshot, policy: Policy, blank: Plan, company: "Company") -> Plan:
    """All of what may be sold only wholly, or none of it where the orders sell a part."""
    plan = _harvested(snapshot, policy, blank, company)
    home = snapshot.home
    if home is None or not (isinstance(plan.decision, Hold) and WASHED in plan.decision.why):
        return plan
    kept = replace(snapshot, home=replace(home, may_leave=False))
    return _harvested(kept, policy, blank, company)


def _harvested(snapshot: Snapshot, policy: Policy, blank: Plan, company: "Company") -> Plan:
    """With what is worth harvesting, or without where no orders can have it."""
    made, unmade = _pairs(snapshot, policy)
    policy, told = _returning(made, snapshot, policy)
    blank = replace(blank, warnings=(*blank.warnings, *unmade, *told))
    plan = _with(made, snapshot, policy, blank, company)
    if made and isinstance(plan.decision, Hold):
        why = f"nothing is harvested: {plan.decision.why}"
        plan = _with((), snapshot, policy, blank, company)
        plan = replace(plan, warnings=(*plan.warnings, why))
    return plan


def _within_gains(
    plan: Plan, snapshot: Snapshot, policy: Policy, blank: Plan, company: "Company"
) -> Plan:
    """The plan with less sold, the largest gains first, until the year's gains are the owner's."""
    if policy.harvest is None or policy.harvest.gains_max is None:
        return plan
    from strategies.harvest.budget import beyond, spared, within

    most = f"gains_max of {policy.harvest.gains_max:,.0f}"
    sparing: list[Symbol] = []
    while True:
        sold = [(leg.order.symbol, leg.lots) for leg in plan.legs if leg.order.side is Side.SELL]
        over, names = beyond(sold, snapshot, policy)
        if not over or not names or any(isinstance(each, CashToRaise) for each in plan.reasons):
            said = spared(sparing, sold, most)
            if over and names:
                said = (*said, f"{most} for the year is passed by {over:,.2f}: cash is needed")
            return replace(plan, warnings=(*plan.warnings, *said))
        name, lots = names[0], dict(sold)[names[0]]
        snapshot = within(snapshot, name, () if name in sparing else lots, over)
        sparing = [*sparing, name]
        plan = _judged(snapshot, policy, blank, company)


def _met(snapshot: Snapshot, policy: Policy, stand: Standing) -> tuple[Policy, str]:
    """The policy at the rates that are left where losses meet the gains, and a sentence."""
    if snapshot.home is None:
        return policy, ""
    from strategies.harvest.budget import met_by_losses

    return met_by_losses(snapshot, policy, stand)


def _pairs(snapshot: Snapshot, policy: Policy) -> "tuple[tuple[Pair, ...], tuple[str, ...]]":
    """Losses that are worth harvesting, and a sentence on each that cannot be ordered.

    Who harvests none need not open the room.
    """
    if policy.harvest is None:
        return (), ()
    sound_nav_of(snapshot)
    from strategies.harvest.pairs import pairs

    sought = pairs(snapshot, policy)
    return sought.made, sought.unmade


def _returning(
    made: "tuple[Pair, ...]", snapshot: Snapshot, policy: Policy
) -> tuple[Policy, tuple[str, ...]]:
    """The policy without substitutes whose originals come back, and why they do."""
    if policy.harvest is None or snapshot.home is None:
        return policy, ()
    from strategies.harvest.back import without_returning

    return without_returning(snapshot, policy, {pair.symbol for pair in made})


def _with(
    made: "tuple[Pair, ...]", snapshot: Snapshot, policy: Policy, plan: Plan, company: "Company"
) -> Plan:
    """The plan with these pairs done first."""
    look = _look(made, snapshot, policy)
    found, warned = findings(look, policy)
    stand = _as_it_is(look, snapshot) if made else look.stand
    plan = replace(
        plan,
        reasons=found,
        alerts=warned,
        action=strongest(found, policy.triggers) if found else None,
        lines=tuple(line_of(row) for row in stand.rows),
        warnings=(*plan.warnings, *look.remarks),
    )
    if not found and not made:
        return replace(plan, decision=Hold(quiet(stand, snapshot, policy, warned, look.put_off)))
    policy, said = _met(snapshot, policy, stand)
    plan = replace(plan, warnings=(*plan.warnings, said)) if said else plan
    try:
        rest = _propose(look, found, policy, company) if found else None
    except Unjudgeable as exc:
        return replace(plan, decision=Hold(str(exc)))
    if made:
        return _united(made, rest, look, plan, _real(stand, snapshot, policy))
    assert rest is not None, "without pairs there is a reason"
    return _judge(plan, stand, rest, policy)


def _look(made: "tuple[Pair, ...]", snapshot: Snapshot, policy: Policy) -> Look:
    if not made:
        return look_at(snapshot, policy)
    from strategies.harvest.pairs import as_if_done
    from strategies.pairing import kept_apart

    done = as_if_done(snapshot, policy, made)
    return kept_apart(look_at(done, policy), made, policy.optimizer)


def _as_it_is(look: Look, snapshot: Snapshot) -> Standing:
    from strategies.pairing import as_it_is

    return as_it_is(look, snapshot)


def _real(stand: Standing, snapshot: Snapshot, policy: Policy) -> "Real":
    from strategies.pairing import Real

    return Real(stand, snapshot, policy)


def _united(
    made: "tuple[Pair, ...]", rest: "Proposal | None", look: Look, plan: Plan, real: "Real"
) -> Plan:
    """Pairs and the rest in one, where the rest is sound and worth it; else the pairs alone."""
    from strategies.pairing import of_originals, reasons, united

    if rest is not None and (why := _against(plan, rest, real.policy)):
        told = f"not rebalanced: {why}"
        plan, rest = replace(plan, reasons=(), warnings=(*plan.warnings, told)), None
    found = (*reasons(made), *of_originals(plan.reasons, made))
    plan = replace(plan, reasons=found, action=strongest(found, real.policy.triggers))
    plan = _judge(plan, real.stand, united(made, rest, look, real), real.policy)
    share = {name: pair.symbol for pair in made for name in (pair.symbol, pair.substitute)}
    lines = (replace(line, shares_with=share.get(line.symbol)) for line in plan.lines)
    return replace(plan, lines=tuple(lines))


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
    name = name_of(said, origin_of(order_key(plan.plan_id, 0)))
    keys = {leg.order.key: order_key(name, number) for number, leg in enumerate(plan.legs, 1)}
    legs = (
        replace(
            leg,
            order=replace(leg.order, key=keys[leg.order.key]),
            instead_of=tuple(keys[key] for key in leg.instead_of),
        )
        for leg in plan.legs
    )
    return replace(plan, plan_id=name, legs=tuple(legs))


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
    if why := _wrong(proposal):
        return replace(plan, decision=Hold(why))
    plan = replace(plan, worth=proposal.worth)
    triggers = policy.triggers
    if why := objection(proposal.worth, plan.reasons, policy.worth, plan.base, triggers):
        return replace(plan, decision=Hold(why))
    trades = {priced.trade.row.symbol: priced for priced in proposal.priced}
    keys = {
        p.trade.row.symbol: order_key(plan.plan_id, n) for n, p in enumerate(proposal.priced, 1)
    }
    return replace(
        plan,
        decision=Rebalance(
            because(proposal.worth, plan.reasons, triggers, plan.base), proposal.full
        ),
        legs=with_notes(leg_of(priced, keys) for priced in proposal.priced),
        lines=tuple(line_after(row, trades, stand.nav) for row in stand.rows),
        cash_after=plan.cash_before + proposal.cash,
    )


def _against(plan: Plan, proposal: "Proposal", policy: Policy) -> str:
    """What there is against trades that no harvest asks for, or an empty string."""
    return _wrong(proposal) or objection(
        proposal.worth, plan.reasons, policy.worth, plan.base, policy.triggers
    )


def _wrong(proposal: "Proposal") -> str:
    """What is wrong with the trades themselves, or an empty string."""
    if proposal.ended and (not proposal.priced or proposal.fault or proposal.unkept):
        return proposal.ended
    if not proposal.priced:
        return NO_ROOM if proposal.limited else NO_ORDER
    if proposal.fault:
        return f"the plan failed its last check: {proposal.fault}"
    if proposal.unkept:
        return f"no orders keep every limit: {'; '.join(proposal.unkept)}"
    return ""


NO_ORDER = "nothing to order: all that is off is less than a share, a smallest order, or the cash"
NO_ROOM = "nothing to order: the limits leave no trade that is worth an order"


__all__ = [
    "CHILDREN_MAX",
    "Decision",
    "Hold",
    "Leg",
    "Line",
    "Plan",
    "PlanId",
    "Rebalance",
    "belongs",
    "child_key",
    "child_number",
    "leg_key",
    "make_plan",
    "order_key",
    "sound_nav",
]
