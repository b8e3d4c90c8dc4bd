"""The whole document: text, keys, then every part, each judged even where another is wrong."""

import json
from dataclasses import replace
from typing import Any, cast

from bot.cli.optimizing.document import beyond, limits, lots, risk, shares
from bot.cli.optimizing.document.asked import Asked
from bot.cli.optimizing.document.reading import (
    AMOUNT,
    BadDocument,
    Range,
    Reading,
    Table,
    kind,
)
from strategies.optimize.cone.check import check_terms
from strategies.optimize.problem import EXPONENT_MAX, SQUARE_ROOT_LAW, Array, BadProblem, Problem

VECTORS = ("current", "target", "spread", "impact", "lower", "upper")
NEVER_NEGATIVE = frozenset({"spread", "impact", "borrow", "opportunity", "closeness"})
REQUIRED = (*VECTORS, "risk_aversion")
"""And ``factors`` with ``specific``, or ``covariance``."""
RISKS = (*risk.FACTOR_KEYS, "covariance")
OPTIONAL_VECTORS = ("reward", "borrow", "opportunity", "closeness")
RISK = Range(above=True, most=1e100)
"""A risk whose square is a number."""
LIMITS = {
    "turnover": AMOUNT,
    "tracking_error": RISK,
    "volatility": RISK,
    "value_at_risk": RISK,
    "gross": AMOUNT,
}
AVERSIONS = {"variance_aversion": 0.0, "cost_aversion": 1.0, "tax_aversion": 1.0}
LEAST_AVERSION = 1e-10
"""At a tracking error of 10 % it adds a millionth of a hundredth of a basis point."""
OPTIONAL = (
    *LIMITS,
    *AVERSIONS,
    *OPTIONAL_VECTORS,
    *("lots", "relief", "netting", "allow_loss_and_buy"),
    *("groups", "exposures", "tilts", "no_trade", "no_buy", "participation"),
    *("exponent", "grid", "cash"),
    *beyond.KEYS,
)
"""What may be left out: no lots, no groups, no limit, no."""


def read(text: str) -> Asked:
    """The problem in ``text``; ``BadDocument`` names everything that is wrong with it."""
    document = _parse(text)
    current = document.get("current")
    reading = Reading(document, len(current) if isinstance(current, list) else 0)
    reading.check_keys(document, REQUIRED, (*REQUIRED, *RISKS, *OPTIONAL), "")
    if not isinstance(current, list):
        if "current" in document:
            reading.refuse(f"current: expected a list, got {kind(current)}")
        raise BadDocument(reading.faults)
    if not current:
        reading.refuse("current: there are no names")
    asked = _asked(reading)
    if asked is None:
        raise BadDocument(reading.faults)
    return asked


def _parse(text: str) -> Table:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return found

    try:
        document = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as exc:
        raise BadDocument([f"line {exc.lineno}, column {exc.colno}: {exc.msg}"]) from exc
    except (ValueError, RecursionError) as exc:
        raise BadDocument([f"not a problem: {exc}"]) from exc
    if not isinstance(document, dict):
        raise BadDocument([f"expected an object with keys, got {kind(document)}"])
    if twice:
        raise BadDocument(f'"{name}" is given twice' for name in twice)
    return document


def _asked(reading: Reading) -> Asked | None:
    """All parts; None where any is wrong."""
    vectors = {name: _vector(reading, name) for name in (*VECTORS, *OPTIONAL_VECTORS)}
    covariance = risk.covariance(reading)
    taxed = lots.taxed(reading, vectors["current"])
    numbers = _numbers(reading)
    terms, grid = beyond.terms(reading), shares.grid(reading)
    groups = limits.groups(reading)
    exposures, tilts = limits.exposures(reading), limits.tilts(reading)
    allowed = reading.document.get("allow_loss_and_buy", False)
    if not isinstance(allowed, bool):
        reading.refuse(f"allow_loss_and_buy: expected true or false, got {kind(allowed)}")
    vectors["lower"], vectors["upper"] = _bounds(reading, vectors)
    cash = limits.cash(reading)
    if reading.faults:
        return None
    problem = Problem(
        **cast("dict[str, Array]", vectors),  # those that must be there are
        factors=covariance.factors,
        specific=covariance.specific,
        risk_aversion=numbers["risk_aversion"] or _least_aversion(reading.document),
        lots=taxed.lots,
        groups=groups,
        exposures=exposures,
        tilts=tilts,
        turnover=numbers["turnover"],
        tracking_error=numbers["tracking_error"],
        volatility=limits.volatility_limit(numbers),
        gross=numbers["gross"],
        variance_aversion=numbers["variance_aversion"] or 0.0,
        exponent=numbers["exponent"] or SQUARE_ROOT_LAW,
        cash=cash,
    )
    repairs = covariance.repairs
    if not numbers["risk_aversion"] and problem.risk_aversion:
        repairs = (*repairs, f"risk_aversion 0 is taken as {LEAST_AVERSION:g}")
    asked = Asked(problem, allowed, terms, taxed.gains, taxed.netting, grid, repairs)
    for fault in clashes(asked):
        reading.refuse(fault)
    return None if reading.faults else _weighed(asked, numbers)


def _vector(reading: Reading, name: str) -> Array | None:
    value = reading.document.get(name)
    if name not in reading.document or (value is None and name in OPTIONAL_VECTORS):
        return None
    return reading.vector(name, value, negative=name not in NEVER_NEGATIVE)


def _numbers(reading: Reading) -> dict[str, float | None]:
    """Aversions, limits and the exponent; None for a limit that there is not."""
    document, found = reading.document, dict[str, float | None]()
    if "risk_aversion" in document:
        found["risk_aversion"] = reading.scalar("risk_aversion", document["risk_aversion"], AMOUNT)
    for name, range_ in LIMITS.items():
        value = document.get(name)
        found[name] = None if value is None else reading.scalar(name, value, range_)
    for name, absent in AVERSIONS.items():
        found[name] = reading.scalar(name, _or(document, name, absent), AMOUNT)
    exponent = Range(least=1.0, above=True, most=EXPONENT_MAX)
    value = _or(document, "exponent", SQUARE_ROOT_LAW)
    found["exponent"] = reading.scalar("exponent", value, exponent)
    return found


def _or(document: Table, name: str, absent: float) -> object:
    """What stands under ``name``; ``absent`` where that is null or left out."""
    value: object = document.get(name)
    return absent if value is None else value


def _least_aversion(document: Table) -> float:
    """What stands for an aversion of zero: the cheapest way wants a little curvature too."""
    return 0.0 if _has_other_risk(document) else LEAST_AVERSION


def _has_other_risk(document: Table) -> bool:
    """Whether something else than the tracking error is averse to risk."""
    return any(document.get(key) for key in ("variance_aversion", *beyond.KEYS))


def _bounds(
    reading: Reading, vectors: dict[str, Array | None]
) -> tuple[Array | None, Array | None]:
    current, lower, upper = (vectors[name] for name in ("current", "lower", "upper"))
    if current is None or lower is None or upper is None:
        return lower, upper
    return limits.bounds(reading, current, lower, upper)


def clashes(asked: Asked) -> tuple[str, ...]:
    """Terms that do not fit their problem, and things that cannot be had at once, in words."""
    allowed, exponent = asked.allow_loss_and_buy, asked.problem.exponent
    in_order = any(each.in_order for each in asked.problem.lots)
    pairs = (
        (asked.netting and asked.needs_cone, "netting", CONE),
        (asked.grid and asked.needs_cone, "grid", CONE),
        (asked.netting and asked.grid, "netting", "grid"),
        (asked.netting and allowed, "netting", ALLOWED),
        (asked.grid and allowed, "grid", ALLOWED),
        (in_order and allowed, "relief in_order", ALLOWED),
        (exponent != SQUARE_ROOT_LAW and allowed, "exponent", ALLOWED),
    )
    found = [f"{a}: cannot be had together with {b}; leave one out" for has, a, b in pairs if has]
    try:
        check_terms(asked.problem, asked.terms)
    except BadProblem as exc:
        found.append(str(exc))
    return tuple(found)


CONE = "an exponent, or a term that only the cone solver takes"
ALLOWED = "allow_loss_and_buy"


def _weighed(asked: Asked, numbers: dict[str, float | None]) -> Asked:
    """Costs and taxes times what a dollar of them counts for."""
    cost, tax = numbers["cost_aversion"], numbers["tax_aversion"]
    assert cost is not None
    assert tax is not None
    problem = asked.problem
    taxed = tuple(replace(each, taxes=tax * each.taxes) for each in problem.lots)
    dear = replace(problem, spread=cost * problem.spread, impact=cost * problem.impact, lots=taxed)
    grid = asked.grid and replace(asked.grid, fee_usd=cost * asked.grid.fee_usd)
    rates = ("short_rate", "long_rate", "ordinary_rate", "loss_worth")
    netting = asked.netting and replace(
        asked.netting, **{name: tax * getattr(asked.netting, name) for name in rates}
    )
    return replace(asked, problem=dear, grid=grid, netting=netting)
