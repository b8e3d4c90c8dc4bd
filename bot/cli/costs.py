"""``trimtab costs``: what trading cost against what was planned, and the fit to it. No broker."""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import EVERY, chosen, environments, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import open_book, read_config

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig, Config
    from bot.report.cost_figures import CostFigures
    from bot.report.tca import Analysis

Scope = Annotated[
    str, typer.Argument(metavar="[ACCOUNT]", help="One account, by its name; else all of them.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="Only sessions from this day on.")
]
Top = Annotated[
    int, typer.Option("--top", "-n", metavar="N", min=0, help="Names to list, by value traded.")
]
Was = Annotated[
    str | None,
    typer.Option(
        "--impact-was",
        metavar="Y",
        help="Impact in the config of older plans, which do not say it themselves.",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Draw the fit, into a .png or an .svg."),
]

FORMS = (".png", ".svg")


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        costs,
        ("trimtab costs", "every account"),
        ("trimtab costs main --since 2026-01-01", "one account, this year"),
        ("trimtab costs main --plot costs.png", "the fit as a picture"),
        ("trimtab costs --json | jq '.accounts.main.impact'", "for a script"),
    )


def costs(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = EVERY,
    since: Since = None,
    top: Top = 10,
    was: Was = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> int:
    """What trading cost against what was planned, and what the config should say.

    Half spread and market impact are fitted to the orders that were filled; docs/costs.md tells how
    and when not to believe it. Nothing is changed.
    """
    from bot.cli.documents import CostsDocument
    from bot.report.cost_figures import figures

    options: Options = context.obj
    first, factor = _day(since), _factor(was)
    config = read_config(options.config)
    accounts = chosen(config, scope)
    _check_plot(plot, accounts)
    found = _analyses(config, accounts, first, factor)
    told = {str(each.account): figures(analysis, each.account) for each, analysis in found}
    if as_json:
        show_json(CostsDocument(environments(accounts), told))
    else:
        show("\n\n\n".join(_page(each, told[str(each.account)], top, first) for each in accounts))
    if plot is not None:
        _draw(plot, *found[0])
    if any(each.usable for each in told.values()):
        next_step("put the lines into the config, then: trimtab check")
    return Exit.OK


def _analyses(
    config: "Config",
    accounts: "tuple[AccountConfig, ...]",
    since: date | None,
    factor: Decimal | None,
) -> "list[tuple[AccountConfig, Analysis]]":
    from bot.report.tca import analyse

    with open_book(config) as book:
        sent = [(each, book.sent(each.account, since)) for each in accounts]
    return [(each, analyse(one, each.policy.costs.impact, factor)) for each, one in sent]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as exc:
        raise WrongUse(f"--since {text} is not a day", "write it as 2026-01-31") from exc


def _factor(text: str | None) -> Decimal | None:
    """The Y that is said, above 0 and up to 10 as in the config."""
    remedy = "a number above 0 and up to 10, as impact was in the config of then"
    try:
        factor = None if text is None else Decimal(text)
    except InvalidOperation as exc:
        raise WrongUse(f"--impact-was {text} is not a number", remedy) from exc
    if factor is not None and not (factor.is_finite() and 0 < factor <= 10):  # noqa: PLR2004  # as said
        raise WrongUse(f"--impact-was {text} cannot have been the impact", remedy)
    return factor


def _check_plot(plot: Path | None, accounts: "tuple[AccountConfig, ...]") -> None:
    if plot is None:
        return
    if plot.suffix.lower() not in FORMS:
        raise WrongUse(f"--plot {plot}: a picture is a .png or an .svg", "name it so")
    if len(accounts) > 1:
        names = ", ".join(str(each.account) for each in accounts)
        raise WrongUse("a picture shows one account", f"name one of: {names}")


def _draw(plot: Path, account: "AccountConfig", analysis: "Analysis") -> None:
    from bot.report import plots

    if not analysis.dots:
        raise WrongUse(
            f"{label(account)} has no order to draw", "leave --plot until some are filled"
        )
    is_svg = plot.suffix.lower() == ".svg"
    form = plots.Form.SVG if is_svg else plots.Form.PNG
    picture = plots.cost_fit(analysis, form)
    plot.write_bytes(plots.standing_alone(picture) if is_svg else picture)
    tell(f"drawn: {plot}")


def _page(account: "AccountConfig", told: "CostFigures", top: int, since: date | None) -> str:
    from bot.report.cost_text import page
    from brokers.settings import PaperSettings

    is_made_up = isinstance(account.broker, PaperSettings)
    return page(label(account), told, top, is_made_up=is_made_up, since=since)
