"""What gains and losses come to for the year: short and long ones netted, and the loss limit.

Gains of assets held for a year or less (short) are taxed as income, others (long) at lower rates.
With S the net short and L the net long gain of the year, in shares of NAV and below zero for a
loss (26 U.S.C. 1222), the tax is piecewise linear in both:

    S >= 0, L >= 0      short_rate S + long_rate L
    L < 0 <= S + L      short_rate (S + L)          the long loss offsets short gains
    S < 0 <= S + L      long_rate (S + L)           the short loss offsets long gains
    S + L < 0           - ordinary_rate d - loss_worth (-(S + L) - d)

where d = min(-(S + L), loss_limit) is deducted from income (26 U.S.C. 1211(b): 3,000 dollars) and
the rest carried over to later years (26 U.S.C. 1212(b)). The marginal rates of one region are
constant; which region applies depends on all names together. ``netted`` solves that.
"""

from dataclasses import dataclass

import numpy as np

from strategies.optimize.problem import Array, BadProblem

UNBOUNDED = float("inf")


@dataclass(frozen=True, slots=True)
class Netting:
    """Rates per dollar of net gain, and what was realised so far this year.

    ``ordinary_rate`` is what a dollar of deducted loss saves, ``loss_limit`` how much may be
    deducted in a year (share of NAV), ``loss_worth`` what a dollar carried over is worth today.
    ``net_short`` and ``net_long`` are this year's so far, losses carried over from earlier years
    included, in shares of NAV, below zero for a loss.
    """

    short_rate: float
    long_rate: float
    ordinary_rate: float
    loss_limit: float
    loss_worth: float = 0.0
    net_short: float = 0.0
    net_long: float = 0.0


@dataclass(frozen=True, slots=True)
class Region:
    """Part of the plane (S, L) with constant rates: tax = short S + long L + fixed.

    It is where p S + q L <= c for every (p, q, c) of ``sides``.
    """

    name: str
    short: float
    long: float
    fixed: float
    sides: tuple[tuple[float, float, float], ...]

    def tax(self, points: Array) -> Array:
        """The tax at ``points`` (..., 2), a share of NAV."""
        return np.asarray(points @ np.array([self.short, self.long]) + self.fixed)


def due(netting: Netting, net_short: float, net_long: float) -> float:
    """Tax of a year with these net gains, a share of NAV; below zero where losses save tax."""
    net = net_short + net_long
    if net < 0:
        deducted = min(-net, netting.loss_limit)
        return -netting.ordinary_rate * deducted - netting.loss_worth * (-net - deducted)
    if net_short >= 0 and net_long >= 0:
        return netting.short_rate * net_short + netting.long_rate * net_long
    return (netting.short_rate if net_short > 0 else netting.long_rate) * net


def check_netting(netting: Netting) -> None:
    """Raise ``BadProblem`` for a rate or an amount that makes no sense."""
    for name in ("short_rate", "long_rate", "ordinary_rate", "loss_worth"):
        rate: float = getattr(netting, name)
        if not 0 <= rate < UNBOUNDED:
            raise BadProblem(f"netting.{name} = {rate:g} is not a rate")
    if not 0 <= netting.loss_limit < UNBOUNDED:
        raise BadProblem(f"netting.loss_limit = {netting.loss_limit:g} is not a limit")
    for name in ("net_short", "net_long"):
        amount: float = getattr(netting, name)
        if not abs(amount) < UNBOUNDED:
            raise BadProblem(f"netting.{name} = {amount:g} is not finite")


def regions(netting: Netting) -> tuple[Region, ...]:
    """The five regions in which the rates are constant; together they are the whole plane."""
    short, long = netting.short_rate, netting.long_rate
    income, later, limit = netting.ordinary_rate, netting.loss_worth, netting.loss_limit
    gain = (-1.0, -1.0, 0.0)
    beyond = limit * (later - income)
    return (
        Region("net gains of both kinds", short, long, 0.0, ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))),
        Region("long losses offset short gains", short, short, 0.0, ((0.0, 1.0, 0.0), gain)),
        Region("short losses offset long gains", long, long, 0.0, ((1.0, 0.0, 0.0), gain)),
        Region("a loss that is deducted", income, income, 0.0, ((1.0, 1.0, 0.0), (-1, -1, limit))),
        Region("a loss that is carried over", later, later, beyond, ((1.0, 1.0, -limit),)),
    )


def corners(region: Region, low: Array, high: Array) -> Array:
    """Corners of ``region`` within the box [low, high] (2,): shape (v, 2), none where they miss.

    Each side cuts the polygon in turn (Sutherland and Hodgman, CACM 17 (1974)).
    """
    points = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    for p, q, most in region.sides:
        kept: list[tuple[float, float]] = []
        over = [p * point[0] + q * point[1] - most for point in points]
        for i, (here, past) in enumerate(zip(points, over, strict=True)):
            before, past_before = points[i - 1], over[i - 1]
            if (past > 0) != (past_before > 0):
                t = past_before / (past_before - past)
                cut = (before[0] + t * (here[0] - before[0]), before[1] + t * (here[1] - before[1]))
                kept.append(cut)
            if past <= 0:
                kept.append(here)
        points = kept
    return np.array(points, dtype=np.float64).reshape(-1, 2)
