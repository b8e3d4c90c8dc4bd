"""The verb ``trimtab frontier``. Nothing here can trade, and no plan is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.targeting.options import (
    Caps,
    Cov,
    Estimators,
    Gross,
    Lower,
    Mean,
    Means,
    Plot,
    Points,
    Returns,
    RiskFree,
    Short,
    Show,
    Upper,
    one_thread,
)
from bot.cli.targeting.told import telling
from bot.cli.targeting.wanted import Aims, Bounds, Columns, Files, Wanted
from bot.cli.targeting.written import check_plot, write_plot
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.report.targets.figures import Frontier

Scope = Annotated[
    str | None,
    typer.Argument(
        metavar="ACCOUNT",
        help="The account, by its name; not needed where there is one.",
        show_default=False,
    ),
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page to FILE.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        frontier,
        ("trimtab frontier", "the only account"),
        ("trimtab frontier ira --means historical", "where its config names no source"),
        ("trimtab frontier ira --html f.html --plot f.png", "a page and a picture"),
        ("trimtab frontier --mean m.csv --cov c.csv", "no account, files"),
        ("trimtab frontier --json | jq '.current.return_given_up'", "for a script"),
    )


def frontier(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = None,
    means: Means = None,
    mean: Mean = None,
    cov: Cov = None,
    returns: Returns = None,
    risk_free: RiskFree = None,
    lower: Lower = None,
    upper: Upper = None,
    short: Short = False,
    gross: Gross = None,
    points: Points = None,
    caps: Caps = None,
    covariance: Estimators = None,
    shown: Show = 20,
    plot: Plot = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> int:
    """The efficient frontier, and how far below it an account is.

    It is made of expected returns, and those are taken from a source that you name: in the config,
    or with --means. Nothing is traded and no plan is kept. docs/targets.md tells how to read it.
    """
    one_thread()
    check_plot(plot)
    files = Files(mean, cov, returns)
    bounds, columns = Bounds(lower, upper, short, gross), Columns(caps=caps)
    wanted = Wanted(risk_free, bounds, Aims(points=points), columns, covariance)
    wanted.check()
    found = _found(context.obj, scope, means, files, wanted)
    if as_json:
        show_json(found)
    else:
        from bot.report.targets.page import frontier_page

        show(frontier_page(found, shown))
    if plot is not None:
        from bot.report.targets.pictures import frontier_picture

        write_plot(plot, lambda form: frontier_picture(found, form))
    if html is not None:
        from bot.report.targets.html import frontier_html

        html.write_text(frontier_html(found), encoding="utf-8")
        tell(f"wrote {html}")
    if found.account is not None:
        next_step(f"trimtab targets --account {found.account}")
    return Exit.OK


def _found(
    options: Options, scope: str | None, means: str | None, files: Files, wanted: Wanted
) -> "Frontier":
    from bot.cli.targeting.frontier import of_account, of_files

    with telling("frontier") as told:
        if files.any:
            if scope is not None or means is not None:
                raise WrongUse("an account and files are two questions", "ask one of them")
            return of_files(files, wanted, told)
        from bot.cli.targeting.look import open_account
        from bot.cli.targeting.overrides import overridden
        from bot.cli.targeting.target import Tried

        config, account = open_account(options.config, scope, "frontier")
        told(f"looking at {account.account}")
        changed = overridden(account, None, means, wanted)
        return of_account(Tried(config, account, changed, wanted), told)
