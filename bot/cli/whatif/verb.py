"""The verb ``trimtab whatif``. Nothing here can trade, and nothing is written into the book."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, is_quiet, next_step, show, show_json, tell
from bot.cli.searching.bar import Redrawn
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.cli.whatif.answer import Wanted
    from bot.cli.whatif.case import Case
    from bot.report.whatif.figures import WhatIf

Scope = Annotated[
    str | None,
    typer.Argument(
        metavar="ACCOUNT",
        help="The account, by its name; not needed where there is one.",
        show_default=False,
    ),
]
ProblemFile = Annotated[
    Path | None,
    typer.Option(
        "--problem", metavar="FILE", help="A problem of trimtab optimize instead; - for stdin."
    ),
]
Curve = Annotated[
    str | None,
    typer.Option("--curve", metavar="ALONG", help="The trade-off along tax, cost or risk."),
]
STDIN = "stdin"
Points = Annotated[
    int, typer.Option("--points", metavar="N", min=3, max=200, help="Points of the curve.")
]
Stress = Annotated[
    list[str] | None,
    typer.Option("--stress", metavar="NAME", help="Only this scenario; again for more; or none."),
]
Shocks = Annotated[
    Path | None,
    typer.Option("--shocks", metavar="FILE", help="Your own shock: lines of symbol,shock."),
]
Limits = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="TEXT", help="Compare with this limit; again for more."),
]
AsPlanned = Annotated[
    bool, typer.Option("--as-planned", help="Names go only where the plan may bring them.")
]
TaxRate = Annotated[
    float,
    typer.Option(
        "--tax-rate", metavar="R", min=0.0, max=1.0, help="On gains of a shock, for --problem."
    ),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw it into a .png or an .svg.")
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page to FILE.")
]
FORMS = (".png", ".svg")
ALONG = ("tax", "cost", "risk")


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        whatif,
        ("trimtab whatif", "the only account"),
        ('trimtab whatif main --limit "Technology=0.35"', "with another limit"),
        ("trimtab whatif main --stress prices-20 --html w.html", "one scenario, a page"),
        ("trimtab whatif --problem p.json --curve risk", "a problem, no account"),
        ("trimtab whatif main --json | jq '.prices[].words'", "for a script"),
    )


def whatif(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = None,
    problem: ProblemFile = None,
    along: Curve = None,
    points: Points = 9,
    stress: Stress = None,
    shocks: Shocks = None,
    limits: Limits = None,
    as_planned: AsPlanned = False,
    tax_rate: TaxRate = 0.2,
    plot: Plot = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> int:
    """What each limit is worth, and what the plan would be otherwise.

    The plan's own problem is solved again with one thing changed at a time: a limit, how much tax
    or cost counts, the market, each input. Nothing is traded and the book is only read.
    docs/whatif.md tells how to read it.
    """
    _one_thread()
    from bot.cli.optimizing.document import BadDocument

    _check(along, plot)
    try:
        case = _case(context.obj, scope, problem, tax_rate, as_planned=as_planned)
    except BadDocument as exc:
        name = STDIN if str(problem) == "-" else str(problem)
        for fault in exc.faults:
            complain(f"{name}: {fault}")
        complain(f"{name}: nothing was solved", "docs/optimize-json.md has every key")
        return Exit.USAGE
    wanted = _wanted(case, along, points, stress, shocks, limits)
    found = _answered(case, wanted)
    if as_json:
        show_json(found)
    else:
        from bot.report.whatif.page import page

        show(page(found))
    _draw(found, plot, html)
    if case.account is not None:
        next_step(f"trimtab plan --account {case.subject} makes the plan")
    return Exit.OK


def _one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more: the matrices are small."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")


def _check(along: str | None, plot: Path | None) -> None:
    if along is not None and along not in ALONG:
        raise WrongUse(f"--curve {along}: there is no such curve", f"there is: {', '.join(ALONG)}")
    if plot is not None and plot.suffix.lower() not in FORMS:
        raise WrongUse(f"--plot {plot}: a picture is a .png or an .svg", "name it so")


def _case(
    options: Options, scope: str | None, problem: Path | None, tax_rate: float, *, as_planned: bool
) -> "Case":
    if problem is not None:
        if scope is not None:
            raise WrongUse("an account and a problem are two questions", "name one of them")
        return _of_file(problem, tax_rate, as_planned=as_planned)
    from bot.cli.accounts import chosen
    from bot.cli.whatif.account import seen, single
    from bot.cli.whatif.case import of_account
    from bot.cli.wiring import read_config
    from bot.reconcile import Refusal
    from strategies.standing import Unjudgeable

    config = read_config(options.config)
    account = single(config, chosen(config, scope))
    snapshot = seen(config, account)
    try:
        return of_account(snapshot, account.policy, as_planned=as_planned)
    except Unjudgeable as exc:
        what = f"{account.account} has no plan to ask about: {exc}"
        raise Refusal(what, "trimtab plan says more; change what stands in the way") from exc


def _of_file(path: Path, tax_rate: float, *, as_planned: bool) -> "Case":
    from bot.cli.whatif.case import of_file

    if as_planned:
        raise WrongUse("--as-planned is about an account", "leave it out: a problem is as it is")
    is_stdin = str(path) == "-"
    path = Path(STDIN) if is_stdin else path
    try:
        text = (sys.stdin.buffer.read() if is_stdin else path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WrongUse(f"{path} is not text in UTF-8", "write it again as UTF-8") from exc
    except OSError as exc:
        raise WrongUse(f"{path}: {exc.strerror or exc}", "give the path of a problem") from exc
    return of_file(path, text, tax_rate)


def _wanted(  # as the verb has them
    case: "Case",
    along: str | None,
    points: int,
    stress: list[str] | None,
    shocks: Path | None,
    limits: list[str] | None,
) -> "Wanted":
    from bot.cli.whatif.answer import Wanted
    from bot.cli.whatif.changes import parse
    from bot.cli.whatif.shocks_file import read_shocks
    from strategies.optimize.whatif.stress import Scenario

    own = None
    if shocks is not None:
        words = f"the shocks of {shocks.name}"
        own = Scenario(shocks.stem, words, read_shocks(shocks, case.names))
    return Wanted(
        along=cast('Literal["tax", "cost", "risk"] | None', along),
        points=points,
        stress=tuple(stress or ()),
        own=own,
        changes=parse(limits or ()),
    )


def _answered(case: "Case", wanted: "Wanted") -> "WhatIf":
    """The answer; on a terminal it says how far it is."""
    from bot.cli.demo_screen import wants_cursor
    from bot.cli.whatif.answer import answer

    with Redrawn(sys.stderr) as redrawn:
        is_seen = sys.stderr.isatty() and wants_cursor() and not is_quiet()
        return answer(case, wanted, _told(redrawn) if is_seen else lambda _words, _total: None)


def _told(redrawn: Redrawn) -> Callable[[str, int], None]:
    done = 0

    def told(words: str, total: int) -> None:
        nonlocal done
        done += 1
        full = round(BAR_WIDTH * done / max(total, done))
        redrawn.draw(f"what if  [{'#' * full:.<{BAR_WIDTH}}]  {done} of {total}: {words}")

    return told


BAR_WIDTH = 20


def _draw(found: "WhatIf", plot: Path | None, html: Path | None) -> None:
    if plot is not None:
        from bot.report import plots
        from bot.report.whatif import pictures

        is_svg = plot.suffix.lower() == ".svg"
        picture = pictures.both(found, plots.Form.SVG if is_svg else plots.Form.PNG)
        plot.write_bytes(plots.standing_alone(picture) if is_svg else picture)
        tell(f"drawn: {plot}")
    if html is not None:
        from bot.report.whatif.html import whatif_page

        html.write_text(whatif_page(found), encoding="utf-8")
        tell(f"wrote {html}")
