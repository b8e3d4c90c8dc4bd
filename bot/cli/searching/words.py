"""How a search goes, in words: the same for the bar of a verb and for who watches from outside."""

from collections.abc import Iterator

from bot.progress.lines import Report

BAR_WIDTH = 10
WIDTH = 80
ENDS = {"finished": "done", "stopped": "stopped", "deadline": "out of time"}


def block(report: Report) -> str:
    """A few lines of at most 80 columns, in ASCII."""
    rows = [row.removeprefix("  ") for row in _wrapped(_head(report))]
    rows += [*_wrapped(_figures(report)), *_wrapped(_risk(report))]
    rows += [f"  breaks: {broken}"[:WIDTH] for broken in report.breaks]
    return "\n".join(rows)


def line(report: Report) -> str:
    """All of it on one line, for a log."""
    breaks = (f"breaks {broken}" for broken in report.breaks)
    said = (_name(report), _time(report), *_figures(report), *_risk(report), *breaks)
    return "  ".join(said)


def _name(report: Report) -> str:
    return f"{report.account}: {ENDS.get(report.state, report.stage)}"


def _head(report: Report) -> Iterator[str]:
    yield _name(report)
    if (share := _done(report)) is not None:
        yield f"[{'#' * round(share * BAR_WIDTH):.<{BAR_WIDTH}}]"
    yield _time(report)


def _done(report: Report) -> float | None:
    """The share of the search that is over, as far as that can be told."""
    if report.state != "searching":
        return 1.0
    left = [s for s in (report.seconds_to_deadline, report.seconds_to_gap) if s is not None]
    if not left:
        return None
    whole = report.elapsed_seconds + min(left)
    return report.elapsed_seconds / whole if whole > 0 else 1.0


def _time(report: Report) -> str:
    passed = f"{report.elapsed_seconds:.1f} s"
    if report.state != "searching":
        return passed
    if report.seconds_to_gap is not None:
        passed += f", about {report.seconds_to_gap:.1f} s to go"
    if report.seconds_to_deadline is not None:
        passed += f", at most {report.seconds_to_deadline:.1f} s"
    return passed


def _figures(report: Report) -> Iterator[str]:
    """What was found, and how fast."""
    if report.objective_bps is None:
        yield "no plan yet"
    else:
        yield f"best {report.objective_bps:,.3f} bps"
    if report.bound_bps is not None:
        yield f"bound {report.bound_bps:,.3f}"
    if report.gap is not None:
        yield f"gap {_gap(report.gap)}"
    yield f"{report.iteration:,} iterations"
    if report.iterations_per_second is not None:
        yield f"{report.iterations_per_second:,.0f} a second"


def _gap(gap: float) -> str:
    return f"{gap:.3%}" if gap >= 1e-4 else f"{gap:.1e}"  # noqa: PLR2004 - digits to see it by


def _risk(report: Report) -> Iterator[str]:
    """Against the limits."""
    if report.tracking_error is not None:
        yield f"TE {_against(report.tracking_error, report.tracking_error_limit)}"
    if report.volatility is not None:
        yield f"volatility {report.volatility:.2%}"
    if report.var_95 is not None:
        amount = report.var_95_amount
        value = "" if amount is None else f" = {amount:,.0f}"
        yield f"VaR95 {_against(report.var_95, report.var_95_limit)}{value}"


def _against(value: float, limit: float | None) -> str:
    return f"{value:.2%}" if limit is None else f"{value:.2%} of {limit:.2%}"


def _wrapped(parts: Iterator[str]) -> Iterator[str]:
    """Parts in as few lines as they fit."""
    row = ""
    for part in parts:
        if row and len(row) + 2 + len(part) > WIDTH:
            yield row
            row = ""
        row += f"  {part}"
    if row:
        yield row
