"""The verb ``trimtab lots import``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import teach

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.cli.lotting.importing.bar import ReadingBar
    from bot.cli.lotting.importing.gathered import Asked
    from bot.cli.lotting.importing.told import LotsImport
    from bot.config.settings import AccountConfig, Config

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="What the broker lets you download.")
]
Form = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="auto, csv (lots export), flex, alpaca, ofx, schwab, fidelity, vanguard, ibkr-csv.",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        "--mapping", metavar="TOML", help="What the columns of any other CSV are (docs/import.md)."
    ),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        help="Into a file for trimtab tax --trades: an account that is not in the config.",
    ),
]
Kind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="With --to: taxable, ira, roth, hsa or 401k.")
]
Number = Annotated[
    str | None,
    typer.Option("--number", metavar="N", help="Only this account of the file, by its number."),
]
OnlyPart = Annotated[
    str, typer.Option("--only", metavar="PART", help="all, or only trades, or only lots.")
]
Skip = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        metavar="WORD",
        help="Pass over rows of what is called so; may be said again.",
        show_default=False,
    ),
]
Preview = Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it is written.")]


def import_(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    files: Files,
    account: Account = None,
    form: Form = "auto",
    mapping: MappingFile = None,
    to: To = None,
    kind: Kind = "taxable",
    number: Number = None,
    only: OnlyPart = "all",
    skip: Skip = None,
    preview: Preview = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Bring in lots, trades and cash from the files of a broker.

    An account kept by hand gets them into its folder. An account whose broker is spoken to is given
    lots for shares that came without a basis, and nothing else: its trades are its broker's to
    tell. With --to they go into a file for the taxes. What is there already is left alone, of
    several files too; all of it is taken or nothing. docs/import.md tells of each format.
    """
    options: Options = context.obj
    asked = _asked(files, form, mapping, number, (only, skip))
    told = _previewed(options, asked, (account, to, kind))
    is_over = preview or not told.new
    _say(told, is_over=is_over, as_json=as_json)
    if is_over:
        tell("nothing was written" if told.new else "nothing new; nothing was written")
        return Exit.OK
    if not yes:
        _confirm(told)
    done = _carried_out(options, asked, (account, to, kind))
    if as_json:
        show_json(done)
    tell(f"imported {len(done.new):,}")
    next_step(_next(done))
    return Exit.OK


Whither = tuple[str | None, Path | None, str]
"""The account, the file in its place, and the kind of account that it is."""


def _asked(
    files: list[Path],
    form: str,
    mapping: Path | None,
    number: str | None,
    parts: tuple[str, list[str] | None],
) -> "Asked":
    """The options understood."""
    from bot.cli.lotting.importing.gathered import Asked
    from bot.importers.formats import NAMES
    from bot.importers.mapping import read_mapping
    from bot.importers.settle import Only

    only, skip = parts
    if form not in NAMES:
        raise WrongUse(f"--format {form}: there is none such", f"there is: {', '.join(NAMES)}")
    if mapping is not None and form != "auto":
        raise WrongUse("--mapping tells the format itself", "leave --format out")
    if only not in set(Only):
        raise WrongUse(f"--only {only}: there is none such", f"there is: {', '.join(Only)}")
    columns = None if mapping is None else read_mapping(mapping)
    words = frozenset(word.lower() for word in skip or ())
    return Asked(tuple(files), form, columns, number, Only(only), words)


def _previewed(options: Options, asked: "Asked", whither: Whither) -> "LotsImport":
    """What would be imported."""
    return _imported(options, asked, whither, preview=True)


def _carried_out(options: Options, asked: "Asked", whither: Whither) -> "LotsImport":
    """The same, and written; the files are read again, for they may have changed."""
    return _imported(options, asked, whither, preview=False)


def _imported(options: Options, asked: "Asked", whither: Whither, *, preview: bool) -> "LotsImport":
    from bot.cli.lotting.importing.bar import ReadingBar

    account, to, kind = whither
    with ReadingBar() as bar:
        if to is not None:
            return _to_file(options, asked, (account, to, kind), bar, preview=preview)
        from bot.cli.lotting.importing.account import into_account
        from bot.cli.wiring import hands_of, read_config

        config = read_config(options.config)
        one = _account(config, account)
        now = hands_of(config).clock.now()
        with _book(config) as book:
            return into_account(one, book, asked, now, bar.show, preview=preview)


def _account(config: "Config", name: str | None) -> "AccountConfig":
    from bot.cli.accounts import chosen
    from brokers.settings import ManualSettings

    some = chosen(config, name)
    by_hand = [one for one in some if isinstance(one.broker, ManualSettings)]
    if len(some) == 1 or (name is None and len(by_hand) == 1):
        return some[0] if len(some) == 1 else by_hand[0]
    names = ", ".join(str(one.account) for one in some)
    raise WrongUse("which account it is for is not clear", f"--account: {names}; or --to FILE")


@contextmanager
def _book(config: "Config") -> "Iterator[Book | None]":
    """The book; None where there is none yet: then nothing was ever looked at."""
    from bot.book.engine import locate
    from bot.cli.wiring import open_book

    path = locate(config.book_url).path
    if path is not None and not path.exists():
        yield None
        return
    with open_book(config) as book:
        yield book


def _to_file(
    options: Options,
    asked: "Asked",
    whither: tuple[str | None, Path, str],
    bar: "ReadingBar",
    *,
    preview: bool,
) -> "LotsImport":
    from bot.cli.lotting.importing.elsewhere import into_elsewhere
    from bot.cli.wiring import hands_of, read_config
    from bot.daemon.clock import SystemClock
    from bot.importers.trades_file import KINDS

    account, to, kind = whither
    if kind not in KINDS:
        raise WrongUse(f"--kind {kind}: there is none such", f"there is: {', '.join(KINDS)}")
    if not account:
        raise WrongUse("--to needs a name for the account", "--account hers: as you call it")
    now: datetime = SystemClock().now()
    if options.config.exists():
        config = read_config(options.config)
        now = hands_of(config).clock.now()
        if any(one.account == account for one in config.accounts):
            what = f"{account} is an account of {config.path}: the taxes have it from the book"
            raise WrongUse(what, "leave --to out, or give an account held elsewhere another name")
    return into_elsewhere(asked, (account, kind), to, now, bar.show, preview=preview)


def _say(told: "LotsImport", *, is_over: bool, as_json: bool) -> None:
    """What would come in: data where that is all, else what a person is asked about."""
    from bot.cli.lotting.importing.told import page

    for note in told.notes:
        tell(note)
    if as_json:
        if is_over:
            show_json(told)
    elif is_over:
        show(page(told))
    else:
        tell(page(told))


def _confirm(told: "LotsImport") -> None:
    """Ask, where somebody can answer."""
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to say yes", "--yes imports it, --dry-run only tells of it")
    where = told.path or "the book"
    typer.confirm(f"import {len(told.new):,} into {where}?", default=True, err=True, abort=True)


def _next(done: "LotsImport") -> str:
    if done.where == "file":
        return f"trimtab tax --trades {done.path}"
    if done.where == "book":
        return f"trimtab lots {done.account}"
    return f"trimtab check --account {done.account}"


def add_to(lots: typer.Typer) -> None:
    """Add the verb to ``trimtab lots``."""
    teach(
        lots,
        import_,
        ("trimtab lots import year.xml -a ira --dry-run", "what would be taken"),
        ("trimtab lots import *.csv -a ira --yes", "take it, without asking"),
        ("trimtab lots import my.csv --mapping map.toml -a ira", "any other CSV"),
        ("trimtab lots import her.qfx --to her.csv -a her", "for trimtab tax"),
        name="import",
    )
