"""From the optimiser's nouns to plain figures; nothing is decided here."""

from collections.abc import Sequence

from bot.progress.figures import value_at_risk
from bot.report.whatif.figures import (
    CurveFigures,
    PlanFigures,
    PriceFigures,
    SensitivityFigures,
    WeightFigures,
)
from strategies.optimize.problem import Problem
from strategies.optimize.whatif.curve import Point
from strategies.optimize.whatif.outcome import NoPlan, Outcome
from strategies.optimize.whatif.probe import Probe
from strategies.optimize.whatif.sensitivity import Sensitivity
from strategies.optimize.whatif.words import Speech, limit_words, price_words

BPS = 1e4


def plan_figures(outcome: Outcome) -> PlanFigures:
    """A plan."""
    bill = outcome.bill
    return PlanFigures(
        objective_bps=BPS * bill.total,
        risk_bps=BPS * bill.risk,
        cost_bps=BPS * outcome.cost,
        tax_bps=BPS * bill.tax,
        wishes_bps=BPS * bill.wishes,
        tracking_error=outcome.tracking_error,
        volatility=outcome.volatility,
        var_95=value_at_risk(outcome.volatility),
        turnover=outcome.turnover,
        gap=outcome.gap if outcome.gap is not None and outcome.gap < float("inf") else None,
    )


def weight_figures(
    problem: Problem, outcome: Outcome, names: Sequence[str]
) -> tuple[WeightFigures, ...]:
    """Every name, in the problem's order."""
    rows = zip(
        names,
        problem.current.tolist(),
        problem.target.tolist(),
        outcome.weights.tolist(),
        strict=True,
    )
    return tuple(WeightFigures(*row) for row in rows)


def price_figures(problem: Problem, tested: Probe, speech: Speech) -> PriceFigures:
    """A price."""
    price = tested.price
    return PriceFigures(
        limit=limit_words(problem, price.limit, speech),
        kind=price.limit.kind,
        level=price.level,
        unit=price.unit,
        price_bps=BPS * price.gain,
        gain_bps=None if tested.gain is None else BPS * tested.gain,
        loss_bps=None if tested.loss is None else BPS * tested.loss,
        is_corner=tested.is_corner,
        words=price_words(problem, tested, speech),
    )


def curve_figures(point: Point) -> CurveFigures:
    """A point of the trade-off."""
    if isinstance(point.answer, NoPlan):
        return CurveFigures(point.factor, None, point.answer.why)
    return CurveFigures(point.factor, plan_figures(point.answer), "")


def sensitivity_figures(found: Sensitivity) -> SensitivityFigures:
    """An input taken otherwise."""
    has_plan = not found.why
    return SensitivityFigures(
        input=found.name,
        multiple=found.multiple,
        change_bps=BPS * found.change if has_plan else None,
        moved=found.moved if has_plan else None,
        regret_bps=None if found.regret is None else BPS * found.regret,
        why=found.why,
    )
