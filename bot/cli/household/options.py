"""Options that the verbs of a household share, and the household that they speak of."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import WrongUse
from bot.cli.options import Options
from bot.cli.screen import tell

if TYPE_CHECKING:
    from bot.cli.household.gather import Household
    from bot.cli.household.told import Told

File = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="What the book does not know, in TOML: docs/household.md tells the keys.",
        show_default=False,
    ),
]
Alone = Annotated[bool, typer.Option("--without-book", help="The file alone: no config, no book.")]
Day = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="DAY", help="As of this day, like 2026-11-27.", show_default="today"
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the household comes from."""

    options: Options
    file: Path | None
    alone: bool
    name: str | None
    day: str | None


def gathered(asked: Asked) -> "Household":
    """The household; what is to be said of it goes to stderr."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from dataclasses import replace

    from bot.cli.household.file import read_household
    from bot.cli.household.gather import from_file
    from bot.cli.household.told import Told

    told = Told() if asked.file is None else read_household(asked.file)
    day = None if asked.day is None else a_day("--day", asked.day)
    if asked.alone or (asked.file is not None and not asked.options.config.exists()):
        from bot.daemon.clock import SystemClock

        if asked.file is None:
            raise WrongUse("--without-book leaves nothing to read", "name a file: --from FILE")
        found = from_file(told, day or _today(SystemClock().now()))
    else:
        found = _booked(asked, told)
        found = found if day is None else replace(found, today=day)
    for note in found.notes:
        tell(note)
    return found


def _booked(asked: Asked, told: "Told") -> "Household":
    from bot.cli.families import family
    from bot.cli.household.booked import from_book
    from bot.cli.wiring import hands_of, open_book, read_config

    config = read_config(asked.options.config)
    whose = family(config, asked.name)
    with open_book(config) as book:
        return from_book(told, whose, book, hands_of(config).clock.now())


def _today(now: datetime) -> date:
    from strategies.lots import TRADE_ZONE

    return now.astimezone(TRADE_ZONE).date()


def a_day(option: str, text: str) -> date:
    """A day as it is typed."""
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise WrongUse(f"{option} {text}: that is no day", "write it like 2026-11-27") from exc


def dollars(option: str, text: str) -> Decimal:
    """An amount from zero on, as it is typed: 25000, 25,000 or 25_000."""
    try:
        amount = Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise WrongUse(f"{option} {text} is no amount from zero on", "write it like 25000")
    return amount


def maybe_dollars(option: str, text: str | None) -> Decimal | None:
    """The same, where it may be left out."""
    return None if text is None else dollars(option, text)


def rate(option: str, text: str | None) -> Decimal | None:
    """A share below one, as it is typed."""
    found = maybe_dollars(option, text)
    if found is not None and found >= 1:
        raise WrongUse(f"{option} {text}: a rate is below 1", "0.24 is 24 %")
    return found
