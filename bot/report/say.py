"""A plan in sentences. Whoever speaks of a plan, on whatever face, speaks these words."""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal
from typing import assert_never

from bot.report.amounts import (
    MONEY,
    count,
    moment,
    money,
    number,
    percent,
    percents,
    points,
)
from bot.report.pairs import pair_texts
from bot.report.reasons import in_short, reason_text
from brokers.words import ZERO, TimeInForce
from strategies.drift import Drifted
from strategies.plan import Decision, Hold, Leg, Line, Plan, Rebalance
from strategies.worth import Worth

NOT_ADVICE = (
    "This is the record of a machine that follows its owner's own settings. It is not advice on "
    "investments, tax or law."
)


def say(plan: Plan) -> str:
    """All there is to say about ``plan``, in lines of plain text."""
    return "\n".join(
        (
            headline(plan),
            *(f"Noticed: {reason_text(reason, plan.base)}" for reason in plan.reasons),
            drift_text(plan),
            orders_text(plan),
            *(f"Pair: {text}." for text in pair_texts(plan)),
            cost_text(plan),
            *proof_texts(plan),
            cash_text(plan),
            *(f"Warning: {warning}" for warning in warnings(plan)),
            origin_text(plan),
        )
    )


def headline(plan: Plan) -> str:
    """The plan in one line: whose money, real or not, and what is to be done."""
    return f"[{plan.environment.value}] {plan.account}: {decision_text(plan.decision)}"


def decision_text(decision: Decision) -> str:
    """What was decided, and why."""
    match decision:
        case Hold(why, remedy=""):
            return f"Hold: {why}"
        case Hold(why, remedy=remedy):
            return f"Hold: {why} (to do: {remedy})"
        case Rebalance(why, full=True):
            return f"Rebalance every name to target: {why}"
        case Rebalance(why):
            return f"Rebalance: {why}"
        case _:
            assert_never(decision)


def brief(plan: Plan, names_max: int = 2) -> str:
    """Why there is a plan, in a few words: ``AMD, RRC and 3 more drifted``; nothing for none."""
    words = [text for reason in plan.reasons if (text := in_short(reason))]
    names = [reason.symbol for reason in plan.reasons if isinstance(reason, Drifted)]
    if names:
        more = f" and {len(names) - names_max} more" if len(names) > names_max else ""
        words.append(f"{', '.join(names[:names_max])}{more} drifted")
    return "; ".join(dict.fromkeys(words))


def verdict(line: Line) -> str:
    """Where a weight lies: ``inside``, ``over`` or ``under`` its band, judged before rounding.

    What shares its target with another is half of a ``pair``: alone it is in no band.
    """
    if line.shares_with is not None:
        return "pair"
    if line.weight_before > line.high:
        return "over"
    return "under" if line.weight_before < line.low else "inside"


def is_outside(line: Line) -> bool:
    """Whether it is over or under its band."""
    return verdict(line) in {"over", "under"}


def drift_text(plan: Plan) -> str:
    """Largest drift before and after."""
    before, after = percents(plan.drift_before, plan.drift_after, unit="pt")
    outside = sum(is_outside(line) for line in plan.lines)
    names = f"{outside} of {count(len(plan.lines), 'name')} outside the band"
    if not plan.legs:
        return f"Largest drift: {before}, {names}."
    return f"Largest drift: {before} before, {after} after; {names} before."


def bought(plan: Plan) -> Decimal:
    """Value that the plan buys, at mid, in base currency."""
    return sum((value for value in _moved(plan) if value > 0), ZERO)


def sold(plan: Plan) -> Decimal:
    """Value that the plan sells, at mid, in base currency; positive."""
    return -sum((value for value in _moved(plan) if value < 0), ZERO)


def _moved(plan: Plan) -> list[Decimal]:
    return [(line.quantity_after - line.quantity_before) * line.price for line in plan.lines]


def orders_text(plan: Plan) -> str:
    """How many orders, and what they move."""
    if not plan.legs:
        return "No orders."
    orders = count(len(plan.legs), "order")
    closing = sum(leg.order.force is TimeInForce.CLOSE for leg in plan.legs)
    return (
        f"{orders}: buy {money(bought(plan), plan.base)}, sell {money(sold(plan), plan.base)}, "
        f"turnover {percent(plan.turnover)} of NAV."
        + (f" {closing} of them for the closing auction." if closing else "")
    )


def cost(plan: Plan) -> Decimal:
    """What carrying the plan out costs in base currency: spread, fees, impact and tax."""
    if plan.worth is not None and plan.legs:
        return plan.worth.cost
    return sum((leg.spread + leg.fees + leg.impact + leg.tax for leg in plan.legs), ZERO)


def cost_text(plan: Plan, label: str = "Cost") -> str:
    """What the plan costs, part by part, and what it gains where that was weighed."""
    match plan.worth, plan.legs:
        case None, ():
            return f"{label}: none."
        case None, _:
            parts = _cost_parts(plan.legs)
            return f"{label}: {money(cost(plan), plan.base)} ({parts}); the gain was not weighed."
        case worth, legs:
            spent = f"{money(worth.cost, plan.base)} ({_cost_parts((worth,))})"
            said = label if legs else f"{label} if traded"
            return f"{said}: {spent} {_gain_text(worth, plan)}. {_tracking_text(worth)}"


def _gain_text(worth: Worth, plan: Plan) -> str:
    """What the cost is paid for: lower risk, tax that is saved, or both."""
    risk = f"{money(worth.benefit, plan.base)} of lower risk"
    if worth.benefit < 0:
        risk = f"{money(-worth.benefit, plan.base)} of higher risk against the targets"
    if not worth.harvest:
        return f"and {risk}" if worth.benefit < 0 else f"to gain {risk}"
    saved = f"{money(worth.harvest, plan.base)} of tax saved by its losses"
    if worth.benefit < 0:
        return f"to gain {saved}, and {risk}"
    if not worth.benefit:
        return f"to gain {saved}"
    return f"to gain {money(worth.gain, plan.base)}: {saved}, and {risk}"


def _cost_parts(sources: Sequence[Leg | Worth]) -> str:
    parts = {
        "spread": sum((part.spread for part in sources), ZERO),
        "fees": sum((part.fees for part in sources), ZERO),
        "impact": sum((part.impact for part in sources), ZERO),
        "tax": sum((part.tax for part in sources), ZERO),
    }
    return ", ".join(f"{name} {number(amount)}" for name, amount in parts.items())


def _tracking_text(worth: Worth) -> str:
    before, after = percents(worth.tracking_error_before, worth.tracking_error_after)
    return (
        f"Risk of the drift: tracking error {before} a year before, {after} after "
        "(a volatility, not money)."
    )


BESIDE = Decimal("1e-6")
"""Part of a bound by which orders may lie below it through rounding: those further are not within
what was searched, since small orders were left out or made up for."""


def proof_texts(plan: Plan) -> tuple[str, ...]:
    """How near to the best the trades are proven to be, and what another solver says; or nothing.

    In percent of what they cost and risk, at least of a hundredth of a percent of NAV.
    """
    proof = plan.proof
    if proof is None or not plan.legs:
        return ()
    other = (f"Second opinion: {proof.second}.",) if proof.second else ()
    if proof.gap is None or proof.dollars is None:
        last = f": {proof.steps[0]}" if proof.steps else ""
        return (f"Not proven how near to the best these trades are{last}.", *other)
    how = count(proof.iterations, "iteration") if proof.iterations else "there was no choice"
    if proof.bound is not None and proof.bound - proof.objective > BESIDE * abs(proof.bound):
        said = "As good as the best that was searched, or better: the orders lie a little beside it"
        return (f"{said} ({how}).", *other)
    most = money(proof.dollars, plan.base)
    within = f"Proven within {_gap_text(proof.gap)} of the best possible; {most} at most"
    return (f"{within} ({how}).", *other)


def _gap_text(gap: Decimal) -> str:
    """A gap in percent with two decimals, rounded up: what is proven is no better than it."""
    return f"{(gap * 100).quantize(Decimal('0.01'), ROUND_UP):,.2f} %"


def cash_text(plan: Plan) -> str:
    """Value of the account, and its cash before and after."""
    value = f"NAV {money(plan.nav, plan.base)}"
    before = money(plan.cash_before, plan.base)
    if not plan.legs:
        return f"{value}, cash {before}."
    return f"{value}, cash {before} before and {money(plan.cash_after, plan.base)} after."


def warnings(plan: Plan) -> tuple[str, ...]:
    """Everything to be wary of: alerts, and names that cannot be traded, included."""
    barred = (f"{line.symbol} cannot be traded: {line.barred}" for line in plan.lines)
    return (
        *(reason_text(alert, plan.base) for alert in plan.alerts),
        *plan.warnings,
        *(text for text, line in zip(barred, plan.lines, strict=True) if line.barred),
    )


def origin_text(plan: Plan) -> str:
    """Which plan this is, when it was made, and whether the money is real."""
    made = f"Plan {plan.plan_id} for session {plan.session}, made {moment(plan.time)}"
    return f"{made}, {MONEY[plan.environment]}."


def worst_text(plan: Plan) -> str:
    """The name that is worst off, in a few words: outside its band, and furthest from target."""
    worst = max(plan.lines, key=_badness, default=None)
    if worst is None:
        return "no names"
    off = points(worst.weight_before - worst.target)
    return f"{worst.symbol} {off} from target, {verdict(worst)} its band"


def _badness(line: Line) -> tuple[bool, Decimal]:
    return is_outside(line), distance(line)


def distance(line: Line) -> Decimal:
    """How far it is from its target; nothing where it shares one."""
    return ZERO if line.shares_with is not None else abs(line.weight_before - line.target)
