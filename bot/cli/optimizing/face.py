"""The answer for a script (JSON, the contract of docs/optimizer.md) and for a person (a table)."""

import json
import math
from dataclasses import asdict
from decimal import Decimal

from bot.cli.optimizing.search import Found
from bot.cli.screen import complain, show
from bot.report.tables import Align, Column, Table
from bot.report.text import render, wrap
from strategies.optimize.problem import Problem

SCHEMA = "trimtab/optimize/1"
SHOWN_MAX = 20
TRADED_MIN = 1e-9
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
    complain(f"{name}: nothing was solved", "docs/optimizer.md describes the form of a problem")


def show_answer(problem: Problem, found: Found, *, as_json: bool) -> None:
    """The whole answer."""
    if as_json:
        _show_json(as_document(found))
    else:
        show(as_text(problem, found))


def _show_json(document: dict[str, object]) -> None:
    show(json.dumps({"schema": SCHEMA, **document}, allow_nan=False))


def as_document(found: Found) -> dict[str, object]:
    """The answer by the contract; what an answer without weights does not have is null."""
    answer, checked, verdict = found.answer, found.checked, found.verdict
    usable = verdict.status in ("optimal", "feasible")
    return {
        "status": verdict.status,
        "weights": answer.weights.tolist() if usable else None,
        "objective": _number(checked.bill.total) if usable else None,
        "bound": _number(verdict.bound) if usable else None,
        "gap": _number(verdict.gap) if usable else None,
        "violation": _number(checked.violation) if usable else None,
        "tracking_error": _number(checked.tracking_error) if usable else None,
        "turnover": _number(checked.turnover) if usable else None,
        "iterations": answer.iterations,
        "seconds": found.seconds,
        "relaxed": [asdict(each) for each in found.relaxed.broken] if found.relaxed else [],
        "relaxed_weights": _relaxed_weights(found),
        "round_trips": sorted(found.round_trips.items()) if usable else [],
        "why": verdict.why,
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


def as_text(problem: Problem, found: Found) -> str:
    """A few lines, and the largest trades."""
    verdict, checked = found.verdict, found.checked
    head = f"{verdict.status}, {found.answer.iterations} iterations in {1e3 * found.seconds:.1f} ms"
    if verdict.status not in ("optimal", "feasible"):
        broken = found.relaxed.broken if found.relaxed else ()
        gives = [wrap(each.words, "- ") for each in broken]
        return "\n".join(
            [head, wrap(verdict.why), *(["what must give way:"] if gives else []), *gives]
        )
    bill = checked.bill
    parts = ", ".join(
        f"{name} {_bps(getattr(bill, name))}" for name in ("risk", "spread", "impact", "tax")
    )
    lines = (
        head,
        *([verdict.why] if verdict.why else []),
        f"  objective       {_bps(bill.total)} bps of NAV ({parts})",
        f"  lower bound     {_bps(verdict.bound)} bps of NAV, gap {float(verdict.gap):.2g}",
        f"  tracking error  {_percent(checked.tracking_error)}{_limit(problem.tracking_error)}",
        f"  turnover        {_percent(checked.turnover)}{_limit(problem.turnover)}",
        f"  violation       {float(checked.violation):.2g}, checked again in exact arithmetic",
    )
    return "\n".join((*lines, "", render(_trades(problem, found))))


def _trades(problem: Problem, found: Found) -> Table:
    """The largest trades; names are their indices."""
    trades = (found.answer.weights - problem.current).tolist()
    traded = [name for name, trade in enumerate(trades) if abs(trade) > TRADED_MIN]
    shown = sorted(traded, key=lambda name: -abs(trades[name]))[:SHOWN_MAX]
    left_out = len(traded) - len(shown)
    rest = f", {left_out:,} smaller ones left out" if left_out else ""
    rows = tuple(
        (
            str(name),
            _percent(problem.current[name]),
            _percent(problem.target[name]),
            _percent(found.answer.weights[name]),
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
