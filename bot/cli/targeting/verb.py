"""The verb ``trimtab targets``. Nothing here can trade, and no plan is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, show_json
from bot.cli.targeting import frontier_verb
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
from bot.cli.targeting.written import check_plot, write_plot, write_weights
from bot.cli.teach import teach

Strategy = Annotated[
    str | None,
    typer.Argument(
        metavar="STRATEGY",
        help="How weights are found (docs/targets.md); of an account unsaid that of the config.",
        show_default=False,
    ),
]
Same = Annotated[
    str | None, typer.Option("--strategy", metavar="NAME", help="The same as STRATEGY.")
]
AtReturn = Annotated[
    float | None, typer.Option("--return", metavar="R", help="Return that is wanted at least.")
]
AtVolatility = Annotated[
    float | None,
    typer.Option("--volatility", metavar="V", help="Volatility that is borne at most."),
]
Aversion = Annotated[
    float | None,
    typer.Option("--risk-aversion", metavar="G", help="Of mean - G/2 variance, mean-variance."),
]
Level = Annotated[
    float | None, typer.Option("--level", metavar="P", help="Level of minimum-cvar; 0.95.")
]
NamesMax = Annotated[
    int | None, typer.Option("--names-max", metavar="N", min=1, help="Most names that are held.")
]
Benchmark = Annotated[
    Path | None, typer.Option("--benchmark", metavar="CSV", help="Weights for index-tracking.")
]
Budgets = Annotated[
    Path | None, typer.Option("--budgets", metavar="CSV", help="Shares of risk for risk-parity.")
]
Amount = Annotated[
    int | None,
    typer.Option("--amount", metavar="MONEY", min=1, help="Share this out in whole units."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="CSV", help="Write the weights.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        targets,
        ("trimtab targets", "what the only account is to hold today"),
        ("trimtab targets risk-parity -a ira", "the same account by another strategy"),
        ("trimtab targets maximum-sharpe --mean m.csv --cov c.csv", "no account, files"),
        ("trimtab targets minimum-variance --cov c.csv --short --gross 1.6", "130/30"),
        ("trimtab targets efficient-frontier --mean m.csv --cov c.csv --points 50", "50 of them"),
        ("trimtab targets minimum-cvar --returns r.csv --json | jq '.portfolios[0]'", "a script"),
    )
    frontier_verb.add_to(app)


def targets(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    strategy: Strategy = None,
    same: Same = None,
    account: Account = None,
    mean: Mean = None,
    cov: Cov = None,
    returns: Returns = None,
    risk_free: RiskFree = None,
    lower: Lower = None,
    upper: Upper = None,
    short: Short = False,
    gross: Gross = None,
    at_return: AtReturn = None,
    at_volatility: AtVolatility = None,
    points: Points = None,
    risk_aversion: Aversion = None,
    level: Level = None,
    names_max: NamesMax = None,
    benchmark: Benchmark = None,
    caps: Caps = None,
    budgets: Budgets = None,
    covariance: Estimators = None,
    means: Means = None,
    amount: Amount = None,
    shown: Show = 20,
    output: Output = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> int:
    """What to hold, for an account or for numbers out of files.

    Files are taken as they are: nothing is annualised. An account is only looked at, and options
    try what its config does not say; "trimtab plan" is what trades. docs/targets.md has every
    strategy.
    """
    one_thread()
    check_plot(plot)
    files = Files(mean, cov, returns)
    wanted = Wanted(
        risk_free,
        Bounds(lower, upper, short, gross, names_max),
        Aims(at_return, at_volatility, points, risk_aversion, level),
        Columns(benchmark, caps, budgets),
        covariance,
    )
    wanted.check()
    asked, faces = one_of(strategy, same), Faces(shown, output, plot, as_json)
    if files.any:
        refuse_account(account, means)
        return of_files(asked, files, wanted, amount, faces)
    if amount is not None:
        raise WrongUse("--amount goes with files", "the plan of an account says its shares")
    return of_account(context.obj, account, (asked, means), wanted, faces)


@dataclass(frozen=True, slots=True)
class Faces:
    """How it is shown: names in the tables, a file of weights, a picture, JSON."""

    shown: int
    output: Path | None
    plot: Path | None
    as_json: bool


def one_of(strategy: str | None, same: str | None) -> str | None:
    """The strategy, said as an argument or as an option."""
    if strategy is not None and same is not None and strategy != same:
        raise WrongUse(f"{strategy} and --strategy {same} are two", "name one of them")
    return strategy or same


def refuse_account(account: str | None, means: str | None) -> None:
    """Files are about no account."""
    if account is not None:
        raise WrongUse("an account and files are two questions", "name one of them")
    if means is not None:
        raise WrongUse("--means is about an account", "--mean MEAN.csv has those of files")


def of_files(
    strategy: str | None, files: Files, wanted: Wanted, amount: int | None, faces: Faces
) -> int:
    """The strategy's answer to the caller's numbers."""
    from bot.cli.targeting.solved import solved

    if strategy is None:
        from bot.cli.targeting.strategies import STRATEGIES

        raise WrongUse("no strategy is named", f"there is: {', '.join(STRATEGIES)}")
    with telling("targets") as told:
        found = solved(strategy, files, wanted, amount, told)
    if faces.as_json:
        show_json(found)
    else:
        from bot.report.targets.page import targets_page

        show(targets_page(found, faces.shown))
    write_weights(faces.output, [each.weights for each in found.portfolios])
    if faces.plot is not None:
        from bot.report.targets.pictures import targets_picture

        write_plot(faces.plot, lambda form: targets_picture(found, form))
    return Exit.OK


def of_account(
    options: Options,
    name: str | None,
    asked: tuple[str | None, str | None],
    wanted: Wanted,
    faces: Faces,
) -> int:
    """The target of an account today; ``asked`` is another strategy and source of returns."""
    from bot.cli.targeting.look import open_account
    from bot.cli.targeting.overrides import overridden
    from bot.cli.targeting.target import Tried, target_of

    strategy, means = asked
    with telling("targets") as told:
        config, account = open_account(options.config, name, "targets --account")
        told(f"looking at {account.account}")
        changed = overridden(account, strategy, means, wanted)
        found = target_of(Tried(config, account, changed, wanted), told)
    if faces.as_json:
        show_json(found)
    else:
        from bot.report.targets.page import account_page

        show(account_page(found, faces.shown))
    write_weights(faces.output, [{row.name: row.target for row in found.names}])
    if faces.plot is not None:
        from bot.report.targets.pictures import account_picture

        write_plot(faces.plot, lambda form: account_picture(found, form))
    next_step(f"trimtab frontier {found.account}, or trimtab plan --account {found.account}")
    return Exit.OK
