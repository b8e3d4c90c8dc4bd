"""A second opinion from another solver, and terms of a user's own joined to a problem."""

from dataclasses import replace

import numpy as np

from bot.cli.optimizing.dispatch import Outcome
from bot.cli.optimizing.document import Asked, BadDocument, clashes
from bot.cli.optimizing.own_terms import OwnTerms
from strategies.optimize.cone.terms import Terms
from strategies.optimize.kernel.solve import Solution
from strategies.optimize.measure import objective
from strategies.optimize.netting.gains import gain_table, lots_at
from strategies.optimize.netting.solve import Netted
from strategies.optimize.problem import Problem
from strategies.optimize.progress import Tick
from strategies.optimize.second.ask import second_opinion
from strategies.optimize.second.opinion import Opinion, compare


def joined(asked: Asked, theirs: OwnTerms) -> Asked:
    """``asked`` with a user's own terms. Raises ``BadDocument`` where the two do not fit."""
    fields = {name: getattr(theirs.terms, name) for name in Terms.__dataclass_fields__}
    given = {name: value for name, value in fields.items() if value is not None}
    twice = [name for name in given if getattr(asked.terms, name) is not None]
    whole = replace(asked, terms=replace(asked.terms, **given), own=theirs.own)
    faults = (*(f"{name}: given in the problem and in --terms" for name in twice), *clashes(whole))
    if faults:
        raise BadDocument(faults)
    return whole


def verified(asked: Asked, outcome: Outcome, tick: Tick) -> Opinion | None:
    """What another solver makes of the answer; None where no other solver can state the problem.

    That is so where gains are netted and the plan stands between constant rates.
    """
    ours, problem = outcome.answer, asked.problem
    nav = asked.grid.nav_usd if asked.grid is not None else None
    if outcome.netted is not None:
        if not outcome.netted.is_exact:
            return None
        problem, ours = _at_constant_rates(asked, outcome.netted)
    plan = None if asked.allow_loss_and_buy or not ours.is_usable else ours.weights
    second = second_opinion(
        problem, plan=plan, grid=asked.grid, terms=asked.terms, own=asked.own, tick=tick
    )
    return compare(ours, second, problem, nav_usd=nav)


def _at_constant_rates(asked: Asked, netted: Netted) -> tuple[Problem, Solution]:
    """The ordinary problem at the rates of the plan, and what the plan is worth in it."""
    table = gain_table(asked.problem, asked.gains)
    problem = replace(asked.problem, lots=lots_at(table, np.array(netted.rates)))
    value = objective(problem, netted.solution.weights)
    return problem, replace(netted.solution, objective=value, bound=-float("inf"))
