"""``trimtab limits``: what the machine may do alone, and the second step of loosening it."""

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import EVERY, chosen, label
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import next_step, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import CACHE, hands_of, make_book, read_config

if TYPE_CHECKING:
    from datetime import datetime

    from bot.book.book import Book
    from bot.config.settings import AccountConfig, Config
    from bot.report.limits import AccountLimits

Scope = Annotated[
    str, typer.Argument(metavar="[ACCOUNT]", help="One account, by its name; else all of them.")
]
Accept = Annotated[
    bool, typer.Option("--accept", help="Let what the config has loosened hold from now on.")
]
Clear = Annotated[
    str | None,
    typer.Option("--clear", metavar="SYMBOL", help="Let a name be traded that was left alone."),
]
Who = Annotated[
    str, typer.Option("--who", metavar="NAME", help="Who says so; else the user of this shell.")
]
Why = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, in a few words; the book keeps it.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        limits,
        ("trimtab limits ira", "what it may do alone, what is used, what waits"),
        ('trimtab limits ira --accept --who Ann --reason "larger account"', "the second step"),
        ('trimtab limits ira --clear XYZ --reason "earnings, price is right"', "one name"),
        ("trimtab limits --json", "for a script"),
    )


def limits(  # noqa: PLR0913, PLR0917  # one parameter an option
    context: typer.Context,
    scope: Scope = EVERY,
    accept: Accept = False,
    clear: Clear = None,
    who: Who = "",
    why: Why = "",
    as_json: AsJson = False,
) -> int:
    """What each account may do alone, how much of it is used today, and what waits.

    A limit that the config tightens holds from the next cycle on; one that it loosens waits until
    somebody accepts it here, by name and with a reason. A name whose price jumped, or that the
    broker turned down again and again, is left alone until it is cleared here; its price then
    counts as vouched for in the session that is open or opens next.
    """
    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    with make_book(config) as book:
        word = Word(who or getpass.getuser(), why, hands_of(config).clock.now())
        if clear is not None:
            _clear(_one(accounts, scope, word), clear, book, word)
        if accept:
            _accept(_one(accounts, scope, word), book, word)
        told = _told(accounts, config, book)
    if as_json:
        from bot.report.limits import LimitsDocument

        show_json(LimitsDocument({str(each.account): one for each, one in told}))
    else:
        show("\n\n".join(_page(label(each), one) for each, one in told))
    if any(one.waiting for _, one in told):
        next_step("trimtab limits ACCOUNT --accept --who NAME --reason TEXT")
    return Exit.OK


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says, why and when."""

    who: str
    why: str
    now: "datetime"


def _one(accounts: "tuple[AccountConfig, ...]", scope: str, word: Word) -> "AccountConfig":
    """The account that it is said about; there must be one, and a reason."""
    if scope == EVERY:
        raise WrongUse("a limit is loosened in one account", "name it: trimtab limits ACCOUNT ...")
    if not word.why.strip():
        raise WrongUse("nobody has said why", 'add: --reason "in a few words"')
    return accounts[0]


def _clear(account: "AccountConfig", symbol: str, book: "Book", word: Word) -> None:
    from brokers.words import Symbol

    name = Symbol(symbol.upper())
    book.latches.clear(account.account, name, word.who, word.why, word.now)
    tell(f"{label(account)}: {name} may be traded again")


def _accept(account: "AccountConfig", book: "Book", word: Word) -> None:
    from bot.limits import looser_ones
    from bot.report.limits import exact, spelled

    in_force = book.latches.in_force(account.account, account.limits)
    waiting = looser_ones(account.limits, in_force)
    if not waiting:
        tell(f"{label(account)}: nothing waits to be accepted")
        return
    book.latches.accept(account.account, account.limits, word.who, word.why, word.now)
    for name in waiting:
        old, new = getattr(in_force, name), getattr(account.limits, name)
        now_and_then = f"{spelled(exact(new))}, was {spelled(exact(old))}"
        tell(f"{label(account)}: {name} is {now_and_then}")


def _told(
    accounts: "tuple[AccountConfig, ...]", config: "Config", book: "Book"
) -> "list[tuple[AccountConfig, AccountLimits]]":
    from bot.daemon.sessions import Sessions
    from bot.report.limits import account_limits
    from bot.rounds import SESSIONS_BACK

    now = hands_of(config).clock.now()
    sessions = Sessions(config.calendar, now, cache=config.state_dir / CACHE)
    past = sessions.previous_sessions(now, SESSIONS_BACK)
    session = sessions.session_at(now) or past[-1]
    return [(each, account_limits(each, book, session.opens, past[0].opens)) for each in accounts]


def _page(title: str, told: "AccountLimits") -> str:
    from bot.report.amounts import moment
    from bot.report.limits import last_word, limits_table
    from bot.report.text import render, wrap

    lines = [render(limits_table(f"{title}: limits", told)), "", wrap(last_word(told))]
    for left in told.left_alone:
        said = f"{left.symbol} is left alone since {moment(left.since)}: {left.why}"
        lines.append(wrap(said))
    return "\n".join(lines)
