"""The verb ``trimtab harvest``. Nothing here can trade.

The book keeps the price histories of substitutes that it had to ask for, and nothing else.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import show, show_json
from bot.cli.teach import teach

if TYPE_CHECKING:
    from decimal import Decimal

    from bot.cli.harvesting.answer import Wanted
    from bot.cli.harvesting.home import Given
    from bot.config.settings import Config
    from strategies.harvest import Wishes

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
Trades = Annotated[
    list[Path] | None,
    typer.Option(
        "--trades",
        metavar="FILE",
        help="Trades of accounts held elsewhere, as for trimtab tax; may be said again.",
        show_default=False,
    ),
]
Identical = Annotated[
    list[str] | None,
    typer.Option(
        "--identical",
        metavar="A,B",
        help="Symbols that are substantially identical; may be said again.",
        show_default=False,
    ),
]
Outside = Annotated[
    list[str] | None,
    typer.Option(
        "--outside",
        metavar="KIND",
        help="hsa or 401k: buys there replace nothing. They do unless you say so.",
        show_default=False,
    ),
]
Least = Annotated[
    str, typer.Option("--min", metavar="USD", help="Least that a harvest nets, after all costs.")
]
Fall = Annotated[
    str, typer.Option("--min-fall", metavar="SHARE", help="Least fall below basis: 0.05 is 5 %.")
]
Horizon = Annotated[
    str, typer.Option("--horizon", metavar="YEARS", help="When the substitute is sold, or never.")
]
Growth = Annotated[
    str, typer.Option("--growth", metavar="SHARE", help="What the saving earns a year.")
]
Discount = Annotated[
    str, typer.Option("--discount", metavar="SHARE", help="What later tax is discounted by a year.")
]
BroughtShort = Annotated[
    str, typer.Option("--carryover-short", metavar="USD", help="Short-term losses brought forward.")
]
BroughtLong = Annotated[
    str, typer.Option("--carryover-long", metavar="USD", help="Long-term losses brought forward.")
]
FilingName = Annotated[
    str, typer.Option("--filing", metavar="NAME", help="single, joint, separate, head.")
]
Defer = Annotated[
    bool,
    typer.Option("--defer", help="Also where a part of the loss only moves to other lots."),
]
Rows = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="Rows of a table.")]


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
    trades: Trades = None,
    identical: Identical = None,
    outside: Outside = None,
    net_min: Least = "50",
    fall_min: Fall = "0",
    horizon: Horizon = "10",
    growth: Growth = "0.05",
    discount: Discount = "0.05",
    carryover_short: BroughtShort = "0",
    carryover_long: BroughtLong = "0",
    filing: FilingName = "single",
    defer: Defer = False,
    limit: Rows = 20,
    as_json: AsJson = False,
) -> int:
    """Which lots would be sold at a loss today, what that is worth, and why not the others.

    Every lot with its dollars: tax saved, the tax that comes later, costs of both orders, the risk
    of the substitute, and what the wash-sale rule takes, over every account of the config and the
    files. Nothing is traded. docs/tax.md, Harvest, tells how each figure is reckoned.
    """
    _one_thread()
    from bot.cli.wiring import read_config

    options: Options = context.obj
    config = read_config(options.config)
    given = _given(trades, identical, outside)
    if calendar:
        return _calendar(config, given, limit, as_json=as_json)
    wishes = _wishes(net_min, fall_min, horizon, growth, discount, defer=defer)
    brought = (
        _number("--carryover-short", carryover_short),
        _number("--carryover-long", carryover_long),
    )
    wanted = _wanted(wishes, brought, filing, substitutes)
    return _candidates(config, scope, given, wanted, limit, as_json=as_json)


def _one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more: the matrices are small."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")


def _calendar(config: "Config", given: "Given", limit: int, *, as_json: bool) -> int:
    from bot.cli.harvesting.answer import days
    from bot.cli.harvesting.look import household
    from bot.report.harvest.page import calendar_page

    told = days(household(config, given))
    if as_json:
        show_json(told)
    else:
        show(calendar_page(told, limit))
    return Exit.OK


def _candidates(
    config: "Config",
    scope: str | None,
    given: "Given",
    wanted: "Wanted",
    limit: int,
    *,
    as_json: bool,
) -> int:
    from bot.cli.harvesting.answer import answer
    from bot.cli.harvesting.look import one, seen
    from bot.report.harvest.page import page

    account = one(config, scope)
    more = [name for names in wanted.listed.values() for name in names]
    snapshot, known = seen(config, account, more, given)
    told = answer(snapshot, account.policy, known, wanted)
    if as_json:
        show_json(told)
    else:
        show(page(told, limit))
    return Exit.OK


def _given(
    trades: list[Path] | None, identical: list[str] | None, outside: list[str] | None
) -> "Given":
    from bot.cli.harvesting.home import Given
    from bot.cli.taxing.answer import groups, kinds

    return Given(tuple(trades or ()), groups(identical or ()), kinds(outside or ()))


def _wishes(
    net_min: str, fall_min: str, horizon: str, growth: str, discount: str, *, defer: bool
) -> "Wishes":
    from strategies.harvest import Wishes

    never = horizon.lower() == "never"
    return Wishes(
        horizon_years=None if never else _number("--horizon", horizon),
        growth=_number("--growth", growth, least=-1),
        discount=_number("--discount", discount, least=-1),
        net_min=_number("--min", net_min),
        fall_min=_number("--min-fall", fall_min),
        may_defer=defer,
    )


def _wanted(
    wishes: "Wishes",
    brought: "tuple[Decimal, Decimal]",
    filing: str,
    substitutes: Path | None,
) -> "Wanted":
    from bot.cli.harvesting.answer import Wanted
    from bot.cli.harvesting.substitutes import read_substitutes
    from strategies.taxes.netting import Carryover
    from strategies.taxes.rates import Filing

    known = [each.value for each in Filing]
    if filing.lower() not in known:
        raise WrongUse(f"--filing {filing}: there is none such", f"there is: {', '.join(known)}")
    listed = {} if substitutes is None else read_substitutes(substitutes)
    return Wanted(wishes, Carryover(*brought), Filing(filing.lower()), listed)


def _number(option: str, text: str, least: int = 0) -> "Decimal":
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(text.strip())
    except InvalidOperation as exc:
        raise WrongUse(f"{option} {text}: that is no number", "write it like 0.05") from exc
    if not number.is_finite() or number < least or (least and number == least):
        how = f"above {least}" if least else "zero or more"
        raise WrongUse(f"{option} {text}: it is {how}", "write it like 0.05")
    return number
