"""Stop and go: what stops trading latches over restarts, and only a named person lets it go on."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.accounts import EVERY, chosen, label, labels
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import Options, Reason
from bot.cli.screen import complain, next_step, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, hands_of, open_book, open_office, read_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.cli.wiring import Hands
    from bot.config.settings import AccountConfig, Config
    from bot.rounds import Desk, Office
    from bot.switch import Halt, State
    from bot.takeback import TakenBack

BARRIER_SECONDS = 10.0
"""How long an order that was on its way already is waited for."""

Scope = Annotated[
    str, typer.Argument(metavar="[ACCOUNT]", help="One account, by its name; else all of them.")
]
Stopped = Literal["reducing", "cancel-only", "halted"]
How = Annotated[
    Stopped,
    typer.Option("--state", help="reducing: no purchase; cancel-only: plans are still made."),
]
To = Annotated[
    Literal["active", "reducing", "cancel-only"],
    typer.Option("--to", help="How far it may go on."),
]
Who = Annotated[
    str, typer.Option("--who", metavar="NAME", help="Who says so; else the user of this shell.")
]

THEN: "dict[State, str]" = {
    "reducing": "nothing is bought, only what is held is sold",
    "cancel-only": "no order leaves any more, plans are still made",
    "halted": "no order leaves any more",
}
"""What follows from each state."""


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(
        app,
        kill,
        ("trimtab kill", "at once, whatever else is broken"),
        ('trimtab kill --reason "prices look wrong"', "with a note"),
        ("touch state/KILL", "the same without trimtab, in the state folder"),
    )
    teach(
        app,
        halt,
        ('trimtab halt --reason "I look myself"', "every account"),
        ("trimtab halt ira", "one account"),
        ("trimtab halt ira --state reducing", "sales of what is held may go on"),
    )
    teach(
        app,
        resume,
        ('trimtab resume --reason "transfer explained"', "what was stopped for all"),
        ('trimtab resume ira --reason "seen to"', "one account"),
        ('trimtab resume --to reducing --reason "slowly"', "only a step up"),
    )


def kill(
    context: typer.Context, how: How = "halted", reason: Reason = "by hand", who: Who = ""
) -> int:
    """Throw the kill switch: nothing leaves any more, in no account.

    First a file named KILL in the state folder, which every order looks for; then the book, if it
    answers. Orders of ours that are in the market are taken back, by the daemon within a second
    or, where none runs, from here; what the owner sent himself stays, and nothing is sold. It
    holds over restarts until trimtab resume.
    """
    from bot.config.where import find_state_dir
    from bot.switch import NAME, FlagNotWritten, raise_flag

    options: Options = context.obj
    folder, person = find_state_dir(options.config, os.environ), named(who)
    is_up = True
    try:
        raise_flag(folder, how, f"{reason} (by {person})")
    except FlagNotWritten as error:
        is_up = False
        complain(str(error), error.remedy)
    else:
        tell(f"{folder / NAME} is there: {THEN[how]}")
        _wait_for_sends(folder)
    config = read_config(options.config)  # a wrong config stops nobody from getting this far
    hands = hands_of(config)
    is_told = _tell_book(config, hands, how, reason, person)
    if not (is_up or is_told):
        complain("nothing was stopped: neither file nor book could be written", "stop the daemon")
    left = () if how == "reducing" else _take_back(config, hands)
    next_step('when it is over: trimtab resume --reason "..."')
    return Exit.OK if (is_up or is_told) and not left else Exit.FAILED


def named(who: str) -> str:
    """The person who says so."""
    try:
        found = who.strip() or getpass.getuser()
    except (KeyError, OSError) as error:
        raise WrongUse("nobody knows who you are", "say it: --who NAME") from error
    return found


def _wait_for_sends(folder: "Path") -> None:
    from bot.daemon.clock import SystemClock
    from bot.switch import barrier

    if not barrier(folder, BARRIER_SECONDS, SystemClock().sleep):
        tell("one order was on its way already; what became of it is looked up")


def _tell_book(config: "Config", hands: "Hands", how: Stopped, reason: str, who: str) -> bool:
    from bot.book.errors import BookError

    try:
        with open_book(config) as book:
            book.halt(EVERY, reason, who, hands.clock.now(), how)
    except BookError as error:
        complain(f"the book was not told: {error.what}", error.remedy)
        return False
    tell(f"{how}, in the book: {labels(config.accounts)}")
    return True


def _take_back(config: "Config", hands: "Hands") -> tuple[str, ...]:
    """Take orders back, unless a daemon does; a sentence for each that may still fill."""
    from bot.daemon.lock import AlreadyRunning, hold

    left: list[str] = []
    try:
        with hold(config.state_dir / LOCK):
            for account, taken in _taken(config, hands):
                tell(f"{label(account)}: {taken.words}")
                left += taken.left
    except AlreadyRunning as running:
        tell(f"{running}: it takes its orders back; trimtab status shows when none is open")
    if left:
        complain("orders of ours may still fill", "cancel them at the broker")
    return tuple(left)


def _taken(config: "Config", hands: "Hands") -> "Iterator[tuple[AccountConfig, TakenBack]]":
    """Each account in turn, with the book or, where it does not answer, without it."""
    from bot.book.errors import BookError
    from bot.cli.wiring import CACHE, open_desk
    from bot.daemon.sessions import Sessions
    from bot.halting import stop_account
    from bot.takeback import TakenBack, take_back
    from brokers.broker import BrokerError

    def without_book(account: "AccountConfig") -> "TakenBack":
        now = hands.clock.now
        sessions = Sessions(config.calendar, now(), cache=config.state_dir / CACHE)
        return take_back(open_desk(account, config, sessions, now).broker, (), hands.clock)

    for account in config.accounts:
        try:
            try:
                with open_office(config, hands, (account,)) as (office, desks):
                    taken = stop_account(desks[0], office)
            except BookError:
                taken = without_book(account)
        except BrokerError as error:
            taken = TakenBack(left=(f"{account.account}: nobody could ask: {error}",))
        yield account, taken


def halt(
    context: typer.Context,
    scope: Scope = EVERY,
    how: How = "halted",
    reason: Reason = "by hand",
    who: Who = "",
) -> int:
    """Stop trading, and stay stopped over restarts.

    It holds in every process that works this book. Orders that are in the market are taken back
    by the daemon; nothing is sold. Where the book does not answer: trimtab kill.
    """
    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    with open_book(config) as book:
        book.halt(scope, reason, named(who), hands_of(config).clock.now(), how)
    _wait_for_sends(config.state_dir)
    tell(f"{how}: {labels(accounts)}; {THEN[how]}")
    whose = "" if scope == EVERY else f" {scope}"
    next_step(f'when it is over: trimtab resume{whose} --reason "..."')
    return Exit.OK


def resume(
    context: typer.Context,
    scope: Scope = EVERY,
    reason: Reason = "",
    who: Who = "",
    to: To = "active",
) -> int:
    """Let trading go on after a halt, once book and broker are found to agree.

    A halt of all accounts and one of a single account are lifted each by its own word. An account
    in which book and broker differ stays halted. The file KILL is taken away with the halt of all.
    """
    from bot.switch import EVERY_ACCOUNT, read

    options: Options = context.obj
    config = read_config(options.config)
    accounts = chosen(config, scope)
    person, whose = named(who), "" if scope == EVERY else f" {scope}"
    if not reason.strip():
        raise WrongUse("nobody said why", f'say it: trimtab resume{whose} --reason "..."')
    hands = hands_of(config)
    with open_office(config, hands, accounts) as (office, desks):
        flag = read(config.state_dir) if scope == EVERY_ACCOUNT else None
        if flag is not None and office.book.latched(scope) is None:
            office.book.halt(scope, flag.reason, flag.who, hands.clock.now(), flag.state)
        if office.book.latched(scope) is not None:
            _hold_back(desks, office, hands)
        office.book.resume(scope, reason, person, hands.clock.now(), to)
        _lift(config.state_dir, flag)
        is_free = _say(config, accounts, office)
    next_step("trimtab status")
    return Exit.OK if is_free else Exit.REFUSED


def _hold_back(desks: "list[Desk]", office: "Office", hands: "Hands") -> None:
    """Halt by itself each account that must not go on; ``Refusal`` where that is all of them."""
    from bot.reconcile import Refusal

    held = {desk: why for desk in desks if (why := _differs(desk, office, hands))}
    if len(held) == len(desks):
        first, why = next(iter(held.items()))
        raise Refusal(
            f"{label(first.config)} is not resumed: {why}",
            f"explain it, or book it: trimtab reconcile --account {first.account} --adopt",
        )
    for desk, why in held.items():
        complain(f"{label(desk.config)} is not resumed: {why}")
        office.book.halt(desk.account, why, "trimtab", hands.clock.now())


def _differs(desk: "Desk", office: "Office", hands: "Hands") -> str:
    """Why it is not known that book and broker agree, or an empty string."""
    from bot.cli.safety import compare
    from bot.reconcile import Refusal
    from brokers.broker import BrokerError

    if office.book.last_tieout(desk.account) is None:
        return ""  # never worked: there is nothing to agree on
    try:
        words = "; ".join(found.words for found in compare(desk, office, hands))
    except (BrokerError, Refusal) as error:
        return f"book and broker were not compared: {error}"
    now = hands.clock.now()
    office.book.keep_tieout(desk.account, now, ok=not words, text=words)
    return f"book and broker differ: {words}" if words else ""


def _lift(folder: "Path", flag: "Halt | None") -> None:
    from bot.switch import NAME, lift

    if flag is not None and lift(folder):
        tell(f"{folder / NAME} is taken away; it said {flag.words}")


def _say(config: "Config", accounts: "tuple[AccountConfig, ...]", office: "Office") -> bool:
    """Who goes on and who does not, and why; whether all that were meant do."""
    from bot.switch import read, worst

    flag = read(config.state_dir)
    still = {a.account: worst(flag, office.book.halted(a.account)) for a in config.accounts}
    free = tuple(account for account in accounts if still[account.account] is None)
    if free:
        tell(f"resumed: {labels(free)}")
    for account in config.accounts:
        if (stop := still[account.account]) is not None:
            tell(f"still {stop.state}: {label(account)}: {stop.reason}")
    return len(free) == len(accounts)
