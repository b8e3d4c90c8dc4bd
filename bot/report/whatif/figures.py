"""What-if in plain numbers: shares of NAV as bps, risks annual, weights as shares of NAV."""

from dataclasses import dataclass
from decimal import Decimal

from brokers.words import Environment


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """What a plan comes to. ``objective_bps`` is the sum of the four parts, in bps of NAV.

    ``tracking_error`` and ``volatility`` are annual, ``var_95`` is of one day, ``turnover`` is
    bought plus sold; all shares of NAV. ``gap`` is null where nobody looked for a better plan.
    """

    objective_bps: float
    risk_bps: float
    cost_bps: float
    tax_bps: float
    wishes_bps: float
    tracking_error: float
    volatility: float
    var_95: float
    turnover: float
    gap: float | None


@dataclass(frozen=True, slots=True)
class WeightFigures:
    """One name: its weight today, its target, and its weight under the plan; shares of NAV."""

    name: str
    now: float
    target: float
    plan: float


@dataclass(frozen=True, slots=True)
class PriceFigures:
    """What a limit that binds is worth, in bps of NAV.

    ``price_bps`` is what the dual says of a unit more; ``gain_bps`` and ``loss_bps`` what solving
    again says of a unit more and a unit less: null where that leaves no plan, or cannot be had.
    """

    limit: str
    kind: str
    level: float
    unit: float
    price_bps: float
    gain_bps: float | None
    loss_bps: float | None
    is_corner: bool
    words: str


@dataclass(frozen=True, slots=True)
class CurveFigures:
    """A point of the trade-off: the plan where that part counts ``factor`` times; or why none."""

    factor: float
    plan: PlanFigures | None
    why: str


@dataclass(frozen=True, slots=True)
class StressFigures:
    """One scenario: what NAV changes by, today's plan in it, and the plan made in it; or why none.

    ``nav_change`` is a share of NAV once today's plan is carried out.
    """

    name: str
    words: str
    nav_change: float
    kept: PlanFigures
    plan: PlanFigures | None
    why: str


@dataclass(frozen=True, slots=True)
class SensitivityFigures:
    """One input times ``multiple``.

    ``change_bps`` is that of the objective, ``moved`` what is placed otherwise (a share of NAV),
    ``regret_bps`` the cost of having planned with today's number: null where today's plan would
    break a limit. ``why`` says why there is no plan.
    """

    input: str
    multiple: float
    change_bps: float | None
    moved: float | None
    regret_bps: float | None
    why: str


@dataclass(frozen=True, slots=True)
class ChangeFigures:
    """The plan with other limits, beside the one without; ``why`` where there is none."""

    limits: tuple[str, ...]
    plan: PlanFigures | None
    weights: tuple[WeightFigures, ...]
    why: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """All of it, about one account or one problem.

    ``today`` is no trade at all. ``account``, ``environment``, ``nav`` and ``base`` are null for a
    problem out of a file. ``along`` is what the curve goes along: tax, cost or risk.
    """

    subject: str
    account: str | None
    environment: Environment | None
    nav: Decimal | None
    base: str | None
    notes: tuple[str, ...]
    today: PlanFigures
    plan: PlanFigures
    weights: tuple[WeightFigures, ...]
    prices: tuple[PriceFigures, ...]
    prices_left_out: int
    changed: ChangeFigures | None
    along: str
    curve: tuple[CurveFigures, ...]
    stress: tuple[StressFigures, ...]
    sensitivity: tuple[SensitivityFigures, ...]
