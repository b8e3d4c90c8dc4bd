"""The answer: for a script as JSON (docs/optimize-json.md), for a person as a table."""

import json
import math
from dataclasses import asdict
from decimal import Decimal

from bot.cli.optimizing.answer import Verdict
from bot.cli.optimizing.dispatch import Outcome
from bot.cli.optimizing.document import Asked
from bot.cli.optimizing.search import Found
from bot.cli.screen import complain, show
from bot.progress.figures import value_at_risk
from bot.report.tables import Align, Column, Table
from bot.report.text import render, wrap
from strategies.optimize.problem import Problem
from strategies.optimize.second.opinion import Opinion

SCHEMA = "trimtab/optimize/1"
SHOWN_MAX = 20
TRADED_MIN = 1e-9
PARTS = ("risk", "spread", "impact", "tax", "wishes", "terms", "fees")
ALWAYS_SHOWN = PARTS[:4]
COLUMNS = (
    Column("name"),
    Column("now %"),
    Column("target %"),
    Column("after %"),
    Column("trade %"),
    Column("", Align.LEFT),
)


def show_faults(name: str, faults: tuple[str, ...], *, as_json: bool) -> None:
    """Everything that is wrong with the document, one line each."""
    if as_json:
        _show_json({"status": "error", "why": "; ".join(faults), "faults": faults})
    for fault in faults:
        complain(f"{name}: {fault}")
    complain(f"{name}: nothing was solved", "docs/optimize-json.md describes the form of a problem")


def show_answer(asked: Asked, found: Found, *, as_json: bool) -> None:
    """The whole answer."""
    if as_json:
        _show_json(as_document(asked, found))
    else:
        show(as_text(asked, found))


def _show_json(document: dict[str, object]) -> None:
    show(json.dumps({"schema": SCHEMA, **document}, allow_nan=False))


def as_document(asked: Asked, found: Found) -> dict[str, object]:
    """The answer by the contract; what an answer without weights does not have is null."""
    answer, checked, verdict = found.outcome.answer, found.checked, found.verdict
    usable = verdict.status in ("optimal", "feasible")
    figures = {
        "objective": checked.bill.total,
        "bound": verdict.bound,
        "gap": verdict.gap,
        "violation": checked.violation,
        "tracking_error": checked.tracking_error,
        "turnover": checked.turnover,
        "volatility": checked.volatility,
        "gross": checked.gross,
    }
    numbers = {key: _number(value) if usable else None for key, value in figures.items()}
    volatility = numbers["volatility"]
    return {
        "status": verdict.status,
        "weights": answer.weights.tolist() if usable else None,
        **numbers,
        "value_at_risk": None if volatility is None else value_at_risk(volatility),
        "iterations": answer.iterations,
        "seconds": found.seconds,
        "relaxed": [asdict(each) for each in found.relaxed.broken] if found.relaxed else [],
        "relaxed_weights": _relaxed_weights(found),
        "round_trips": sorted(found.outcome.round_trips.items()) if usable else [],
        "repairs": list(asked.repairs),
        **_of_netting(asked, found, usable=usable),
        **_of_shares(found.outcome, usable=usable),
        **({} if found.opinion is None else {"second_opinion": _of_opinion(found.opinion)}),
        "why": verdict.why,
    }


def _of_opinion(opinion: Opinion) -> dict[str, object]:
    """What the other solver says; numbers that there are not are null."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(opinion).items()
    }


def _of_netting(asked: Asked, found: Found, *, usable: bool) -> dict[str, object]:
    """Net gains after the plan, the rates it pays and the lots it sells."""
    netted, year = found.outcome.netted, found.checked.year
    if netted is None or year is None:
        return {}
    sold: list[list[float]] = [[] for _ in range(asked.problem.size)]
    for lots, taken in zip(asked.gains, netted.sold, strict=True):
        sold[lots.name] = taken.tolist()
    return {
        "net_short": _number(year.net_short) if usable else None,
        "net_long": _number(year.net_long) if usable else None,
        "tax": _number(year.tax) if usable else None,
        "rates": list(netted.rates) if usable else None,
        "rates_are_constant": netted.is_exact if usable else None,
        "rates_in_words": netted.words,
        "lots_sold": sold if usable else None,
    }


def _of_shares(outcome: Outcome, *, usable: bool) -> dict[str, object]:
    """Counts in steps, and what no plan in fractions can go below."""
    rounded = outcome.rounded
    if rounded is None:
        return {}
    bound = rounded.fraction_bound
    return {
        "counts": rounded.counts.tolist() if usable else None,
        "fraction_bound": bound if usable and math.isfinite(bound) else None,
    }


def _relaxed_weights(found: Found) -> list[float] | None:
    """The best weights once the limits gave way; null where nothing had to, or nothing helped."""
    relaxed = found.relaxed
    if relaxed is None or not relaxed.solution.is_usable:
        return None
    weights: list[float] = relaxed.solution.weights.tolist()
    return weights


def _number(value: Decimal) -> float | None:
    """The nearest float; null where there is no finite one."""
    number = float(value)
    return number if math.isfinite(number) else None


def as_text(asked: Asked, found: Found) -> str:
    """A few lines, and the largest trades."""
    verdict, answer = found.verdict, found.outcome.answer
    head = f"{verdict.status}, {answer.iterations} iterations in {1e3 * found.seconds:.1f} ms"
    repairs = [wrap(each, "repaired: ") for each in asked.repairs]
    if verdict.status not in ("optimal", "feasible"):
        broken = found.relaxed.broken if found.relaxed else ()
        gives = [wrap(each.words, "- ") for each in broken]
        must = ["what must give way:", *gives] if gives else []
        return "\n".join([head, *repairs, wrap(verdict.why), *must])
    why = [wrap(verdict.why)] if verdict.why else []
    lines = [head, *repairs, *why, *_figures(asked.problem, found)]
    netted, rounded = found.outcome.netted, found.outcome.rounded
    if netted is not None:
        lines.append(
            f"  net gains       short {_percent(netted.net_short)} %,"
            f" long {_percent(netted.net_long)} %"
        )
        lines.append(wrap(netted.words, "  "))
    if rounded is not None:
        orders = sum(1 for count in rounded.counts.tolist() if count)
        bound = _bps(Decimal(rounded.fraction_bound))
        lines.append(f"  whole shares    {orders:,} orders; in fractions at least {bound} bps")
    if found.opinion is not None:
        lines.append(wrap(found.opinion.words, "  second opinion  "))
    return "\n".join((*lines, "", render(_trades(asked.problem, found))))


def _figures(problem: Problem, found: Found) -> tuple[str, ...]:
    """Objective, bound and what the limits are about."""
    verdict, checked = found.verdict, found.checked
    bill = checked.bill
    given = {name: getattr(bill, name) for name in PARTS}
    shown = {name: part for name, part in given.items() if part or name in ALWAYS_SHOWN}
    parts = ", ".join(f"{name} {_bps(part)}" for name, part in shown.items())
    worth = _percent(value_at_risk(float(checked.volatility)))
    volatility = _percent(checked.volatility) + _limit(problem.volatility)
    gross = f"  gross           {_percent(checked.gross)}{_limit(problem.gross)}"
    return (
        f"  objective       {_bps(bill.total)} bps of NAV ({parts})",
        f"  lower bound     {_bound(verdict)}",
        f"  tracking error  {_percent(checked.tracking_error)}{_limit(problem.tracking_error)}",
        f"  volatility      {volatility}; VaR 95 of one day {worth} %",
        f"  turnover        {_percent(checked.turnover)}{_limit(problem.turnover)}",
        *([] if problem.gross is None else [gross]),
        f"  violation       {float(checked.violation):.2g}, checked again in exact arithmetic",
    )


def _trades(problem: Problem, found: Found) -> Table:
    """The largest trades; names are their indices."""
    trades = (found.outcome.answer.weights - problem.current).tolist()
    traded = [name for name, trade in enumerate(trades) if abs(trade) > TRADED_MIN]
    shown = sorted(traded, key=lambda name: -abs(trades[name]))[:SHOWN_MAX]
    left_out = len(traded) - len(shown)
    rest = f", {left_out:,} smaller ones left out" if left_out else ""
    rows = tuple(
        (
            str(name),
            _percent(problem.current[name]),
            _percent(problem.target[name]),
            _percent(found.outcome.answer.weights[name]),
            f"{100 * trades[name]:+.4f}",
            "buy" if trades[name] > 0 else "sell",
        )
        for name in shown
    )
    return Table(f"{len(traded):,} trades of {problem.size:,} names{rest}", COLUMNS, rows)


def _percent(share: Decimal | float) -> str:
    return f"{100 * float(share):.4f}"


def _bps(share: Decimal) -> str:
    return f"{1e4 * float(share):.4f}"


def _limit(limit: float | None) -> str:
    return " %, no limit" if limit is None else f" % of at most {_percent(limit)} %"


def _bound(verdict: Verdict) -> str:
    if not verdict.bound.is_finite():
        return "none is known"
    return f"{_bps(verdict.bound)} bps of NAV, gap {float(verdict.gap):.2g}"
