"""The work: the plan, the limits' worth, other limits, the curve, stress and sensitivity."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.cli.exits import WrongUse
from bot.cli.whatif.case import Case, asked_again, shocks_by_symbol
from bot.cli.whatif.changes import Change, changed
from bot.reconcile import Refusal
from bot.report.whatif.figures import (
    ChangeFigures,
    CurveFigures,
    PriceFigures,
    SensitivityFigures,
    StressFigures,
    WhatIf,
)
from bot.report.whatif.make import (
    curve_figures,
    plan_figures,
    price_figures,
    sensitivity_figures,
    weight_figures,
)
from strategies.optimize.problem import BadProblem, Problem
from strategies.optimize.relax.least import relax
from strategies.optimize.sides.solve import undecided
from strategies.optimize.whatif.curve import Along, curve, factors
from strategies.optimize.whatif.outcome import NoPlan, Outcome, best, measured
from strategies.optimize.whatif.prices import prices
from strategies.optimize.whatif.probe import probe
from strategies.optimize.whatif.sensitivity import MULTIPLES, inputs, sensitivities
from strategies.optimize.whatif.stress import Scenario, growth, kept, scenarios, stressed
from strategies.optimize.whatif.words import Speech
from strategies.shocks import shocked, taxed_short
from strategies.standing import Unjudgeable

Told = Callable[[str, int], None]
"""Hears what is solved next, and how many such solves there are in all."""

PRICES_MAX = 12
"""Limits that are solved for again: those that are worth most."""
TAXES_SHORT = Scenario("taxes-short", "every gain taxed at the short-term rate")
NO_STRESS = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants to know; ``stress`` are names of scenarios, all where it is empty.

    ``along`` is None where the curve may go along whatever there is to weigh.
    """

    along: Along | None = None
    points: int = 9
    stress: tuple[str, ...] = ()
    own: Scenario | None = None
    changes: tuple[Change, ...] = ()


def answer(case: Case, wanted: Wanted, told: Told) -> WhatIf:
    """Everything. Raises ``Refusal`` where there is no plan to begin with, and ``WrongUse``."""
    chosen, along = choose(case, wanted), wanted.along or _weighed(case.problem)
    plan = best(case.problem)
    if isinstance(plan, NoPlan):
        raise Refusal(f"{case.subject}: {_why(case.problem, plan)}", "change a limit with --limit")
    priced = prices(case.problem, plan)
    heard = _counted(told, case, wanted, len(chosen), min(len(priced), PRICES_MAX))
    account = case.account
    return WhatIf(
        subject=case.subject,
        account=None if account is None else case.subject,
        environment=case.environment,
        nav=None if account is None else account.snapshot.nav,
        base=None if account is None else str(account.snapshot.base),
        notes=(*case.notes, *_notes(case.problem, plan)),
        today=plan_figures(measured(case.problem, case.problem.current)),
        plan=plan_figures(plan),
        weights=weight_figures(case.problem, plan, case.names),
        prices=tuple(_prices(case, plan, heard)),
        prices_left_out=max(0, len(priced) - PRICES_MAX),
        changed=_changed(case, wanted.changes),
        along=along,
        curve=tuple(_curve(case, along, wanted.points, heard)),
        stress=tuple(_stress(case, plan, scenario, heard) for scenario in chosen),
        sensitivity=tuple(_sensitivity(case, plan, heard)),
    )


def _counted(
    told: Told, case: Case, wanted: Wanted, stress: int, priced: int
) -> Callable[[str], None]:
    total = priced + wanted.points + stress + len(MULTIPLES) * len(inputs(case.problem))
    return lambda words: told(words, total)


def _notes(problem: Problem, plan: Outcome) -> Iterator[str]:
    open_names = len(undecided(problem))
    if open_names:
        names = "1 name has" if open_names == 1 else f"{open_names} names have"
        yield (
            f"{names} several ways to be traded (a loss to sell, or lots in the broker's order): "
            "each price holds for the ways chosen, what solving again says holds for all"
        )
    if plan.gap is not None and plan.gap > GAP_TOLD:
        yield f"the plan is proven to within {100 * plan.gap:.3f} % of its objective, so are these"


GAP_TOLD = 1e-5


def _why(problem: Problem, answer: NoPlan) -> str:
    """In the words of the least that must give way, where that can be found."""
    try:
        broken = relax(problem).broken
    except BadProblem as exc:
        return str(exc)
    return "; ".join(each.words for each in broken) or answer.why


def _prices(case: Case, plan: Outcome, heard: Callable[[str], None]) -> Iterator[PriceFigures]:
    speech = Speech(case.names, case.money)
    for price in prices(case.problem, plan)[:PRICES_MAX]:
        heard("what each limit is worth")
        yield price_figures(case.problem, probe(case.problem, plan, price), speech)


def _changed(case: Case, changes: tuple[Change, ...]) -> ChangeFigures | None:
    if not changes:
        return None
    limits = tuple(change.text for change in changes)
    try:
        problem = changed(case, changes)
        found = best(problem)
    except (Unjudgeable, BadProblem) as exc:
        return ChangeFigures(limits, None, (), str(exc))
    if isinstance(found, NoPlan):
        return ChangeFigures(limits, None, (), _why(problem, found))
    weights = weight_figures(problem, found, case.names)
    return ChangeFigures(limits, plan_figures(found), weights, "")


def _weighed(problem: Problem) -> Along:
    """Tax, where any is due."""
    return "tax" if any(lots.taxes.any() for lots in problem.lots) else "cost"


def _curve(
    case: Case, along: Along, points: int, heard: Callable[[str], None]
) -> Iterator[CurveFigures]:
    for point in curve(case.problem, along, factors(points, along)):
        heard(f"the trade-off along {along}")
        yield curve_figures(point)


def choose(case: Case, wanted: Wanted) -> tuple[Scenario, ...]:
    """The scenarios that are asked for; ``WrongUse`` for a name that none has."""
    known = [*scenarios(case.problem), *([TAXES_SHORT] if case.account is not None else [])]
    own = () if wanted.own is None else (wanted.own,)
    if wanted.stress == (NO_STRESS,):
        return own
    by_name = {scenario.name: scenario for scenario in known}
    for name in wanted.stress:
        if name not in by_name:
            raise WrongUse(
                f"--stress {name}: there is no such scenario",
                f"there is: {', '.join((*by_name, NO_STRESS))}",
            )
    return (*([by_name[name] for name in wanted.stress] or known), *own)


def _stress(
    case: Case, plan: Outcome, scenario: Scenario, heard: Callable[[str], None]
) -> StressFigures:
    heard(f"stress: {scenario.name}")
    shocks = scenario.shocks
    try:
        problem = _stressed(case, scenario)
        found = best(problem)
    except (Unjudgeable, BadProblem) as exc:
        problem, found = case.problem, NoPlan(str(exc))
    is_priced = scenario is not TAXES_SHORT
    return StressFigures(
        name=scenario.name,
        words=scenario.words,
        nav_change=0.0 if shocks is None else growth(plan.weights, shocks) - 1,
        kept=plan_figures(
            kept(case.problem, plan, scenario) if is_priced else measured(problem, plan.weights)
        ),
        plan=None if isinstance(found, NoPlan) else plan_figures(found),
        why=_why(problem, found) if isinstance(found, NoPlan) else "",
    )


def _stressed(case: Case, scenario: Scenario) -> Problem:
    """An account is looked at again with other prices or rates; a file's problem is changed."""
    account = case.account
    if account is None:
        return stressed(case.problem, scenario, case.tax_rate)
    if scenario is TAXES_SHORT:
        return asked_again(account, account.snapshot, taxed_short(account.policy))
    if scenario.shocks is None:
        return scenario.change(case.problem)
    by_symbol = shocks_by_symbol(case, scenario.shocks.tolist())
    return asked_again(account, shocked(account.snapshot, by_symbol), account.policy)


def _sensitivity(
    case: Case, plan: Outcome, heard: Callable[[str], None]
) -> Iterator[SensitivityFigures]:
    for found in sensitivities(case.problem, plan):
        heard(f"sensitivity to {found.name}")
        yield sensitivity_figures(found)
