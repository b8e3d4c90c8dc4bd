"""``--limit "Technology=0.35"``: a limit that the caller would have otherwise.

In an account it is the owner's policy that is changed and asked again, so that the plan is the one
which that policy makes; the weight of a single name is a limit of the problem alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from bot.cli.exits import WrongUse
from bot.cli.optimizing.document.limits import volatility_limit
from bot.cli.whatif.case import CASH, Case, asked_again
from strategies.optimize.problem import UNLIMITED, Problem
from strategies.optimize.whatif.limits import SCALARS, Kind, Limit, at_level
from strategies.policy import Optimizer, Policy

FORM = re.compile(r"^\s*(.+?)\s*(<=|>=|=)\s*(\S+?)\s*(%?)\s*$")
REMEDY = 'write it as "turnover=0.1", "Technology<=35%" or "te=none"'
NONE = "none"
ALIASES = {"te": "tracking_error", "tracking error": "tracking_error", "var": "value_at_risk"}
VAR = "value_at_risk"
SHOWN_MAX = 12
OF_POLICY: Mapping[str, str] = {
    "turnover": "turnover_max",
    "tracking_error": "tracking_error_max",
    "volatility": "volatility_max",
    "value_at_risk": "value_at_risk_max",
    "participation": "participation_max",
}
ABOVE_ZERO = frozenset({"tracking_error", "volatility", "value_at_risk", "participation"})


@dataclass(frozen=True, slots=True)
class Change:
    """A limit by its name, the side that is moved, and where to; None for no limit at all."""

    text: str
    name: str
    is_lower: bool
    level: Decimal | None


def parse(texts: Sequence[str]) -> tuple[Change, ...]:
    """Every ``--limit``, or ``WrongUse`` for the first that cannot be read."""
    return tuple(_one(text) for text in texts)


def _one(text: str) -> Change:
    found = FORM.match(text)
    if found is None:
        raise WrongUse(f"--limit {text!r} is not a limit", REMEDY)
    name, sign, number, percent = found.groups()
    name = ALIASES.get(name.lower(), name)
    if number.lower() == NONE and not percent:
        return Change(text, name, sign == ">=", None)
    try:
        level = Decimal(number) / (100 if percent else 1)
    except InvalidOperation as exc:
        raise WrongUse(f"--limit {text!r}: {number} is not a number", REMEDY) from exc
    if not level.is_finite():
        raise WrongUse(f"--limit {text!r}: {number} is no limit", REMEDY)
    return Change(text, name, sign == ">=", level)


def changed(case: Case, changes: Sequence[Change]) -> Problem:
    """The problem with all ``changes``; ``WrongUse`` names a limit that is not known.

    Raises ``Unjudgeable`` where the account has no plan with them.
    """
    problem = case.problem
    if case.account is not None:
        policy = case.account.policy
        for change in changes:
            policy = _in_policy(policy, change) or policy
        if policy != case.account.policy:
            problem = asked_again(case.account, case.account.snapshot, policy)
    for change in changes:
        if case.account is None or _in_policy(case.account.policy, change) is None:
            problem = _in_problem(problem, change, case)
    return problem


def _in_policy(policy: Policy, change: Change) -> Policy | None:
    """``policy`` with the change; None where it has no limit of that name."""
    limits = policy.optimizer
    if (key := OF_POLICY.get(change.name)) is not None:
        _check_scalar(change)
        new: dict[str, Any] = {key: change.level}
        return replace(policy, optimizer=replace(limits, **new))
    new = {"low" if change.is_lower else "high": change.level}
    for field in ("groups", "exposures"):
        rows = getattr(limits, field)
        if any(row.name == change.name for row in rows):
            rows = tuple(replace(r, **new) if r.name == change.name else r for r in rows)
            return replace(policy, optimizer=_with(limits, field, rows))
    return None


def _with(limits: Optimizer, field: str, rows: tuple[Any, ...]) -> Optimizer:
    new: dict[str, Any] = {field: rows}
    return replace(limits, **new)


def _check_scalar(change: Change) -> None:
    """A turnover, a risk or gross weight is limited from above, by no less than nothing."""
    if change.is_lower:
        raise WrongUse(f"--limit {change.text!r}: it has no lower limit", "write it with =")
    least_open = change.name in ABOVE_ZERO
    if change.level is not None and (change.level < 0 or (least_open and change.level == 0)):
        word = "above" if least_open else "at least"
        raise WrongUse(f"--limit {change.text!r}: it must be {word} 0", REMEDY)


def _in_problem(problem: Problem, change: Change, case: Case) -> Problem:
    if case.account is None and change.name == VAR:
        _check_scalar(change)
        limits = {"volatility": None, VAR: None if change.level is None else float(change.level)}
        return replace(problem, volatility=volatility_limit(limits))
    for kind in SCALARS:
        if kind == change.name:
            _check_scalar(change)
            level = None if change.level is None else float(change.level)
            new: dict[str, Any] = {kind: level}
            return replace(problem, **new)
    limit = _named(problem, change, case)
    none = -UNLIMITED if change.is_lower else UNLIMITED
    if change.level is None and limit.kind == "name":
        raise WrongUse(f"--limit {change.text!r}: a name has always a bound", "write a number")
    return at_level(problem, limit, none if change.level is None else float(change.level))


def _named(problem: Problem, change: Change, case: Case) -> Limit:
    """The group, the exposure or the name that is called so."""
    tables: tuple[tuple[Kind, list[str]], ...] = (
        ("group", [group.name for group in problem.groups]),
        ("exposure", [exposure.name for exposure in problem.exposures]),
        ("name", list(case.names)),
        ("name", [name.removeprefix("name ") for name in case.names]),
    )
    for kind, names in tables:
        if change.name in names:
            return Limit(kind, names.index(change.name), change.is_lower)
    raise _unknown(change, [name for _, names in tables[:3] for name in names], case)


def _unknown(change: Change, named: Sequence[str], case: Case) -> WrongUse:
    """What is there instead of a limit that is not: ``named`` first, those it has of its own."""
    always = (*SCALARS, VAR) if case.account is None else (*SCALARS, *OF_POLICY)
    known = list(dict.fromkeys([*(name for name in named if name != CASH), *always]))
    near = get_close_matches(change.name, known, n=3)
    there = near or [*known[:SHOWN_MAX], *(["..."] if len(known) > SHOWN_MAX else [])]
    return WrongUse(
        f"--limit {change.text!r}: there is no limit called {change.name!r}",
        f"{'did you mean' if near else 'there is'}: {', '.join(there)}",
    )
