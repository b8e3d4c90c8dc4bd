"""Whether: dollars gained against dollars spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from brokers.words import ZERO, Currency
from strategies.drift import (
    CashToRaise,
    FirstAllocation,
    HarvestPays,
    LimitBroken,
    Reason,
    action_of,
)
from strategies.policy import WorthPolicy
from strategies.policy.triggers import Action, Triggers

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Worth:
    """What a plan gains and what it costs, in the base currency.

    benefit = gamma/2 x NAV x horizon x (d0' Cov d0 - d1' Cov d1), where d is weight less target
    and Cov the annual covariance: the certainty equivalent of the variance that is shed. What
    losses save in tax is counted of those alone that are harvested: ``tax`` is never below zero.
    """

    benefit: Decimal
    spread: Decimal
    fees: Decimal
    impact: Decimal
    tax: Decimal
    tracking_error_before: Decimal
    """The risk of the drift: sqrt(d0' Cov d0), annual, a share of NAV. A volatility, no money."""
    tracking_error_after: Decimal
    """The same of d1."""
    harvest: Decimal = ZERO
    """What harvested losses save, after the tax that comes later and the substitutes' risk."""

    @property
    def cost(self) -> Decimal:
        """Everything that the trades cost."""
        return self.spread + self.fees + self.impact + self.tax

    @property
    def gain(self) -> Decimal:
        """Everything that they gain."""
        return self.benefit + self.harvest


@dataclass(frozen=True, slots=True)
class Proof:
    """How good the trades are, and what shows it; shares of NAV unless it is said.

    ``objective`` is what the trades cost and risk: the sum that the optimiser minimises, at the
    weights that the orders lead to. ``bound`` is what no other trades in the same room can go below
    (of whole steps where those are traded), None where nothing is proven; then ``gap`` =
    (objective - bound) / max(1 bp of NAV, objective) and ``dollars``, the same difference in base
    currency, rounded up, are None too. ``violation`` is the most that any of the owner's limits is
    broken by. ``steps`` are the ways that were tried, each with how it ended; ``relaxed`` the
    limits that gave way. ``second`` is what another solver says of the same problem, ``doubted``
    whether it disagrees.
    """

    objective: Decimal
    bound: Decimal | None
    gap: Decimal | None
    violation: Decimal
    iterations: int
    dollars: Decimal | None
    steps: tuple[str, ...] = ()
    relaxed: tuple[str, ...] = ()
    second: str = ""
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """What one order costs, in the base currency."""

    spread: Decimal
    fees: Decimal
    impact: Decimal
    tax: Decimal


MUST = (FirstAllocation, CashToRaise)
"""Reasons that are acted on whatever it costs."""
NO_TRIGGERS = Triggers()


STAYS = Decimal("0.75")
"""Share of the drift's risk that a plan may leave and still be done at once whatever it costs: what
limits keep is not followed day by day at any price."""


def presses(reasons: Sequence[Reason], triggers: Triggers) -> bool:
    """Whether trades are wanted at once and whatever they cost."""
    return any(
        isinstance(reason, MUST) or action_of(reason, triggers) is Action.IMMEDIATE
        for reason in reasons
    )


def _is_weighed(worth: Worth, reasons: Sequence[Reason], triggers: Triggers) -> bool:
    """Whether a plan has to gain what it costs.

    A limit of the owner's is no wish that can be too dear: it is mended, at the least cost.
    """
    if any(isinstance(reason, (*MUST, LimitBroken)) for reason in reasons):
        return False
    stays = worth.tracking_error_after > STAYS * worth.tracking_error_before
    return stays or not presses(reasons, triggers)


def appraise(
    variances: tuple[Decimal, Decimal], bills: Sequence[Bill], nav: Decimal, policy: WorthPolicy
) -> Worth:
    """Gain and cost of a plan; ``variances`` are d'Cov d before and after it, annual.

    The benefit is rounded down to the cent.
    """
    before, after = variances
    benefit = nav * policy.variance_price * (before - after)
    return Worth(
        benefit=benefit.quantize(CENT, ROUND_DOWN),
        spread=sum((bill.spread for bill in bills), ZERO),
        fees=sum((bill.fees for bill in bills), ZERO),
        impact=sum((bill.impact for bill in bills), ZERO),
        tax=sum((bill.tax for bill in bills), ZERO),
        tracking_error_before=before.sqrt(),
        tracking_error_after=after.sqrt(),
    )


def objection(
    worth: Worth,
    reasons: Sequence[Reason],
    policy: WorthPolicy,
    base: Currency,
    triggers: Triggers = NO_TRIGGERS,
) -> str:
    """Why the plan is not worth carrying out, or an empty string."""
    if not policy.enabled or not _is_weighed(worth, reasons, triggers):
        return ""
    return "" if worth.gain >= worth.cost else verdict(worth, base)


def because(worth: Worth, reasons: Sequence[Reason], triggers: Triggers, base: Currency) -> str:
    """Why the plan is carried out, in a few words."""
    spent = f"for {worth.cost:.2f} {base}"
    if any(isinstance(reason, FirstAllocation) for reason in reasons):
        return f"the first allocation, {spent}"
    if any(isinstance(reason, CashToRaise) for reason in reasons):
        return f"raises cash, {spent}"
    if broken := [reason for reason in reasons if isinstance(reason, LimitBroken)]:
        titles = " and ".join(dict.fromkeys(reason.title for reason in broken))
        is_kept = all(reason.can_be_kept for reason in broken)
        where = "within the limit" if is_kept else "as near to the limit as the bands let"
        return f"brings {titles} back {where}, {spent}"
    if presses(reasons, triggers):
        return f"is to be done at once, {spent}"
    if losses := [reason for reason in reasons if isinstance(reason, HarvestPays)]:
        lost = sum((reason.loss for reason in losses), ZERO)
        return f"harvests losses of {lost:.2f} and gains {worth.gain:.2f} {base} {spent}"
    return f"gains {worth.gain:.2f} {base} {spent}"


def verdict(worth: Worth, base: Currency) -> str:
    """Cost and gain in a few words."""
    return f"costs {worth.cost:.2f} to gain {worth.gain:.2f} {base}"
