"""The verb ``trimtab harvest``. Nothing here can trade.

The book keeps the price histories of substitutes that it had to ask for, and nothing else.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import (
    AsJson,
    BroughtLong,
    BroughtShort,
    Files,
    FilingName,
    HouseholdName,
    Identical,
    Options,
    Outside,
    Rows,
    word,
)
from bot.cli.screen import show, show_json
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.cli.families import Given
    from bot.cli.harvesting.asked import Words
    from bot.config.settings import Config

Scope = Annotated[
    str | None,
    typer.Argument(
        metavar="ACCOUNT",
        help="A taxable account, by its name; not needed where there is one.",
        show_default=False,
    ),
]
Calendar = Annotated[
    bool, typer.Option("--calendar", help="What may be bought or harvested when, instead.")
]
Substitutes = Annotated[
    Path | None,
    typer.Option("--substitutes", metavar="FILE", help="CSV: symbol,substitute, best first."),
]
Least = Annotated[
    str | None, word("--min", "USD", "Least that a harvest nets, after all costs; else 50.")
]
Fall = Annotated[
    str | None, word("--min-fall", "SHARE", "Least fall below basis: 0.05 is 5 %; else 0.")
]
Horizon = Annotated[
    str | None, word("--horizon", "YEARS", "When the substitute is sold, or never; else 10.")
]
Growth = Annotated[
    str | None, word("--growth", "SHARE", "What the saving earns a year; else 0.05.")
]
Discount = Annotated[
    str | None, word("--discount", "SHARE", "What later tax is discounted by a year; else 0.05.")
]
Defer = Annotated[
    bool | None,
    typer.Option(
        "--defer/--no-defer",
        help="Also where a part of the loss only moves to other lots.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        harvest,
        ("trimtab harvest --substitutes s.csv", "the only taxable account"),
        ("trimtab harvest main --trades hers.csv", "with accounts held elsewhere"),
        ("trimtab harvest --calendar", "what may be bought or sold when"),
        ("trimtab harvest --min 200 --horizon never", "only what is worth 200 USD"),
        ("trimtab harvest --json | jq '.lots[].why'", "for a script"),
    )


def harvest(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = None,
    calendar: Calendar = False,
    substitutes: Substitutes = None,
    trades: Files = None,
    identical: Identical = None,
    outside: Outside = None,
    household: HouseholdName = None,
    net_min: Least = None,
    fall_min: Fall = None,
    horizon: Horizon = None,
    growth: Growth = None,
    discount: Discount = None,
    carryover_short: BroughtShort = None,
    carryover_long: BroughtLong = None,
    filing: FilingName = None,
    defer: Defer = None,
    limit: Rows = 20,
    as_json: AsJson = False,
) -> int:
    """Which lots would be sold at a loss today, what that is worth, and why not the others.

    Every lot with its dollars: tax saved, the tax that comes later, costs of both orders, the risk
    of the substitute, and what the wash-sale rule takes, over every account of the household and
    the files. What no option says is as the config has it: [household], [accounts.NAME.harvest].
    Nothing is traded. docs/tax.md, Harvest, tells how each figure is reckoned.
    """
    _one_thread()
    from bot.cli.families import given as given_of
    from bot.cli.harvesting.asked import Words
    from bot.cli.wiring import read_config

    options: Options = context.obj
    config = read_config(options.config)
    given = given_of(trades, identical, outside)
    if calendar:
        return _calendar(config, household, given, limit, as_json=as_json)
    if household is not None:
        raise WrongUse("--household is for --calendar", "name the account: trimtab harvest NAME")
    brought = (carryover_short, carryover_long)
    wishes = (net_min, fall_min, horizon, growth, discount)
    words = Words(*wishes, *brought, filing, defer, substitutes)
    return _candidates(config, scope, given, words, limit, as_json=as_json)


def _one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more: the matrices are small."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")


def _calendar(
    config: "Config", household: str | None, given: "Given", limit: int, *, as_json: bool
) -> int:
    from bot.cli.harvesting import look
    from bot.cli.harvesting.answer import days
    from bot.report.harvest.page import calendar_page

    told = days(look.household(config, household, given))
    if as_json:
        show_json(told)
    else:
        show(calendar_page(told, limit))
    return Exit.OK


def _candidates(
    config: "Config",
    scope: str | None,
    given: "Given",
    words: "Words",
    limit: int,
    *,
    as_json: bool,
) -> int:
    from bot.cli.families import family_of
    from bot.cli.harvesting.answer import answer
    from bot.cli.harvesting.look import one, seen
    from bot.report.harvest.page import page

    account = one(config, scope)
    settings = given.over(family_of(config, account).settings)
    wanted = words.over(account.policy, settings)
    more = [name for names in wanted.listed.values() for name in names]
    snapshot, known = seen(config, account, more, settings)
    told = answer(snapshot, account.policy, known, wanted)
    if as_json:
        show_json(told)
    else:
        show(page(told, limit))
    return Exit.OK
