"""``trimtab prices``: price histories in the book, fetching them, and bringing them in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import chosen, environments, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Account, AsJson, Limit, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import laid_out, teach
from bot.cli.wiring import CACHE, hands_of, make_book, open_book, open_office, read_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config
    from bot.prices.survey import AccountPrices, NamePrices
    from brokers.words import Symbol

HELP = f"""\
Price histories in the book: from where, how old, which gaps.

Names that lack something come first. Without a word behind it, it talks to no broker; "fetch" asks
the sources, "import" brings in a folder of files once. docs/prices.md tells the rest.

{
    laid_out(
        (
            ("trimtab prices", "every account"),
            ("trimtab prices -a ira -n 500", "one account, all of its names"),
            ("trimtab prices --json | jq '.accounts.ira.provenance'", "for a script"),
        )
    )
}
"""

prices = typer.Typer(name="prices", help=HELP, invoke_without_command=True)

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Files of prices; docs/prices.md tells their form.")
]
Adjusted = Annotated[
    bool,
    typer.Option("--adjusted", help="close is adjusted for splits and dividends already."),
]
Consolidated = Annotated[
    bool, typer.Option("--consolidated", help="volume is that of all venues together.")
]


Whole = Annotated[
    bool, typer.Option("--whole", help="All days once more: an old one was corrected.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.add_typer(prices)


@prices.callback()
def list_prices(
    context: typer.Context, account: Account = None, as_json: AsJson = False, limit: Limit = 20
) -> int:
    """List them; the help of the group is what is shown."""
    if context.invoked_subcommand is not None:
        return Exit.OK
    from bot.cli.documents import PricesDocument

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_book(config) as book:
        found = {each.account: _survey(book, each, config) for each in accounts}
    if as_json:
        named = {str(name): each for name, each in found.items()}
        show_json(PricesDocument(environments(accounts), named))
    else:
        show("\n\n".join(_page(label(each), found[each.account], limit) for each in accounts))
        lacks = any(each.missing for each in found.values())
        next_step("trimtab prices fetch" if lacks else "trimtab prices --json has every name")
    return Exit.OK


def _survey(book: "Book", account: "AccountConfig", config: "Config") -> "AccountPrices":
    from bot.prices.history import Owner
    from bot.prices.survey import survey

    owner = Owner(account.account, account.prices)
    return survey(book, owner, _names(book, account), _through(config))


def _names(book: "Book", account: "AccountConfig") -> "tuple[Symbol, ...]":
    """The targets, and whatever else was asked for in this account: what it holds or held."""
    from bot.prices.history import Owner

    feed = Owner(account.account, account.prices).feeds[0]
    targets = {symbol for symbol, _ in account.policy.target.weights}
    looks = book.nav_history(account.account)[-1:]
    held = {symbol for look in looks for symbol in look.weights}
    there = book.prices(feed).places
    return tuple(sorted(targets | {symbol for symbol in held if symbol in there}))


def _through(config: "Config") -> "date":
    """The last session of which prices are told."""
    from bot.daemon.sessions import Sessions
    from bot.prices.told import ENOUGH, last_told

    now = hands_of(config).clock.now()
    sessions = Sessions(config.calendar, now, cache=config.state_dir / CACHE)
    return last_told(sessions.previous_sessions(now, ENOUGH), now)


def _page(title: str, found: "AccountPrices", limit: int) -> str:
    from bot.report.amounts import count
    from bot.report.tables import Align, Column, Table
    from bot.report.text import render, wrap

    columns = (
        Column("symbol", Align.LEFT),
        Column("source", Align.LEFT),
        Column("from", Align.LEFT),
        Column("to", Align.LEFT),
        Column("days"),
        Column("behind"),
        Column("gaps"),
        Column("fetched UTC", Align.LEFT),
    )
    numbers = {each.feed: str(number) for number, each in enumerate(found.feeds, 1)}
    ranked = sorted(found.names, key=_rank)
    rows = tuple(_cells(row, numbers) for row in ranked[:limit])
    rest = f", {len(ranked) - limit:,} more left out" if len(ranked) > limit else ""
    said = [f"{title}: {found.provenance}"]
    if found.missing:
        said.append(f"no prices of {', '.join(found.missing)}")
    said += found.notes
    said += [
        f"source {numbers[each.feed]}: {each.feed}, {count(each.rows, 'row')},"
        f" {each.bytes / 1e6:.1f} MB"
        for each in found.feeds
    ]
    told = "\n".join(wrap(sentence, after="  ") for sentence in said)
    table = Table(f"By name, last session {found.through}{rest}", columns, rows)
    return f"{told}\n\n{render(table)}"


def _rank(row: "NamePrices") -> tuple[int, int, str]:
    """What lacks most comes first."""
    behind = 10_000 if row.behind is None else row.behind
    return -behind, -row.gaps, row.symbol


def _cells(row: "NamePrices", numbers: "Mapping[str, str]") -> tuple[str, ...]:
    parts = [part for part in row.parts if part.used]
    fetched = max((part.fetched or part.tried for part in parts), default=None)
    return (
        row.symbol,
        "+".join(numbers[part.feed] for part in parts),
        "" if row.first is None else row.first.isoformat(),
        "nothing" if row.last is None else row.last.isoformat(),
        f"{row.days:,}",
        "" if row.behind is None else str(row.behind),
        str(row.gaps),
        "" if fetched is None else f"{fetched:%Y-%m-%d %H:%M}",
    )


def fetch(context: typer.Context, account: Account = None, whole: Whole = False) -> int:
    """Ask the sources of prices now, and keep what they tell.

    A look does so by itself when a session is over. This asks for every name, also for one that was
    asked for a short while ago. Nothing is traded.
    """
    from bot.prices.cached import provenance
    from bot.prices.history import Moment, Owner, history
    from bot.reconcile.account import read_account
    from bot.rounds import planning_post

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, account)
    with open_office(config, hands_of(config), accounts) as (office, desks):
        for desk in desks:
            post, owner = planning_post(desk, office), Owner(desk.account, desk.config.prices)
            held = {position.symbol for position in read_account(desk.broker).positions}
            names = tuple(sorted(held | {s for s, _ in post.policy.target.weights}))
            moment = Moment(office.clock.now(), post.through)
            found = history(
                owner, desk.broker, office.book, names, moment, insist=True, whole=whole
            )
            for note in found.notes:
                tell(note)
            show(f"{label(desk.config)}: {provenance(office.book, found)}")
    next_step("trimtab prices")
    return Exit.OK


def import_(
    context: typer.Context,
    folder: Folder,
    account: Account = None,
    adjusted: Adjusted = False,
    consolidated: Consolidated = False,
) -> int:
    """Bring in a folder of price files once: history from before what the sources tell.

    It is put before what the sources tell, at their level, where both move alike. Names that the
    account neither wants nor holds are left out. The same folder twice changes nothing.
    """
    from bot.prices.folder import FromFolder
    from bot.prices.history import Owner
    from bot.prices.refresh import Wanted, refresh

    options: Options = context.obj
    config = read_config(options.config)
    ours = _one(config, account)
    owner, through = Owner(ours.account, ours.prices), _through(config)
    source = FromFolder(folder, owner.imported, adjusted, consolidated)
    there = set(source.symbols())
    with make_book(config) as book:
        names = tuple(name for name in _names(book, ours) if name in there)
        if not names:
            what = f"{folder} has no prices of what {ours.account} wants or holds"
            raise WrongUse(what, f"it has: {', '.join(sorted(there)[:5]) or 'nothing'}")
        now = hands_of(config).clock.now()
        for note in refresh(book, source, Wanted(names, DAYS_MAX, through, now, insist=True)):
            tell(note)
        kept = book.prices(owner.imported)
        count = sum(kept.ends[kept.places[name]] > 0 for name in names)
    show(f"{label(ours)}: {count} names out of {folder} are in the book")
    next_step(f"trimtab prices --account {ours.account}")
    return Exit.OK


DAYS_MAX = 2520
"""Days that are brought in, the longest history that can be used."""


def _one(config: "Config", account: str | None) -> "AccountConfig":
    found = chosen(config, account)
    if len(found) > 1:
        names = ", ".join(each.account for each in found)
        raise WrongUse("which account the prices are for is not clear", f"--account: {names}")
    return found[0]


teach(
    prices,
    fetch,
    ("trimtab prices fetch", "every account"),
    ("trimtab prices fetch -a ira --whole", "one account, all days once more"),
)
teach(
    prices,
    import_,
    ("trimtab prices import history/ -a ira", "AAPL.csv, MSFT.csv, ..."),
    ("trimtab prices import history/ --adjusted", "close is adjusted already"),
    name="import",
)
