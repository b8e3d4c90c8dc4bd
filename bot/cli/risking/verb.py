"""The verb ``trimtab risk``. Nothing here can trade, and no plan is kept."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.cli.risking.look import Asked
    from strategies.policy.target import Estimator

Scope = Annotated[
    str | None,
    typer.Argument(
        metavar="ACCOUNT",
        help="The account, by its name; without one a line for each of several.",
        show_default=False,
    ),
]
Now = Annotated[
    bool, typer.Option("--now", help="Look at the broker now, and ask for prices that lack.")
]
Against = Annotated[
    str | None,
    typer.Option(
        "--benchmark", metavar="WHAT", help="A symbol, or a CSV file: symbol,weight[,date]."
    ),
]
By = Annotated[
    str | None,
    typer.Option("--covariance", metavar="NAME", help="How the covariance is estimated."),
]
Days = Annotated[
    int | None,
    typer.Option("--days", metavar="N", min=31, max=2520, help="Closes of history."),
]
Horizon = Annotated[
    int, typer.Option("--horizon", metavar="DAYS", min=1, max=252, help="Of losses in the tail.")
]
Top = Annotated[int, typer.Option("--top", metavar="N", min=1, help="Names that are shown.")]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Draw whose risk it is: a .png or an .svg."),
]
Heat = Annotated[
    Path | None,
    typer.Option("--heatmap", metavar="FILE", help="Draw correlations: a .png or an .svg."),
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write all of it as a page to FILE.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        risk,
        ("trimtab risk", "a line for each account; all of it for one"),
        ("trimtab risk main --now", "not as the book last saw it"),
        ("trimtab risk main --benchmark SPY --days 1000", "beside an index"),
        ("trimtab risk main --heatmap h.png --html r.html", "drawn, and as a page"),
        ("trimtab risk --json | jq '.accounts[].risk.volatility'", "for a script"),
    )


def risk(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = None,
    now: Now = False,
    benchmark: Against = None,
    estimator: By = None,
    days: Days = None,
    horizon: Horizon = 1,
    top: Top = 15,
    plot: Plot = None,
    heatmap: Heat = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> int:
    """How much an account can lose, and whose risk it is.

    Volatility, tracking error, value at risk, falls, your limits beside their values,
    contributions by name and group, regime and trends. Positions are those of the book's last look
    and prices those that it keeps: no broker is asked, unless with --now. Nothing is traded.
    docs/risk.md tells how each figure is reckoned.
    """
    _one_thread()
    from bot.cli.accounts import chosen
    from bot.cli.risking.shown import Shown, one, several
    from bot.cli.wiring import read_config

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    asked = _asked(benchmark, estimator, days, horizon, now=now)
    shown = Shown(top, plot, heatmap, html, as_json)
    show = one if len(accounts) == 1 else several
    return show(config, accounts, asked, shown)


def _one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more: the matrices are small."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")


def _asked(
    benchmark: str | None, estimator: str | None, days: int | None, horizon: int, *, now: bool
) -> "Asked":
    from bot.cli.risking.answer import Wanted
    from bot.cli.risking.benchmark import asked
    from bot.cli.risking.look import Asked

    beside = None if benchmark is None else asked(benchmark)
    return Asked(Wanted(_estimator(estimator), horizon, beside), days, now)


def _estimator(name: str | None) -> "Estimator | None":
    from strategies.policy.target import Estimator

    if name is None:
        return None
    known = [each.value for each in Estimator]
    if name not in known:
        raise WrongUse(f"--covariance {name}: there is none such", f"there is: {', '.join(known)}")
    return Estimator(name)
