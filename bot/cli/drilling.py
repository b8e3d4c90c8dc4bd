"""``trimtab drill``: the rehearsal at the real endpoint of a paper account, and its report."""

import hashlib
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.accounts import EVERY, chosen, label, unknown
from bot.cli.capabilities import let_go
from bot.cli.exits import Exit, WrongUse
from bot.cli.options import AsJson, Options
from bot.cli.screen import complain, next_step, paint, show, show_json, tell
from bot.cli.teach import teach
from bot.cli.wiring import (
    CACHE,
    LOCK,
    hands_of,
    keep_replay,
    open_book,
    open_desk,
    read_config,
    replayed_to,
)

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.clock import Clock
    from bot.config.settings import AccountConfig, Config
    from bot.drill.bench import Bench
    from bot.report.drill import Drill, Trial
    from brokers.broker import Broker
    from brokers.words import AccountState
    from strategies.planned import PlanId

FOLDER = "drill"
"""Folder of the state folder with the books and the reports of drills."""
NAMES_MAX = 10
"""Names of the targets that are looked at until one will do."""

AccountName = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="A paper account, by its name in the config.")
]
SymbolName = Annotated[
    str | None, typer.Option("--symbol", metavar="SYMBOL", help="Try with this name, no target.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before orders are sent.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        drill,
        ("trimtab drill growth", "asks first, takes a minute"),
        ("trimtab drill growth --symbol KO --yes", "with one share of KO, without asking"),
        ("trimtab drill growth --yes --json > drill.json", "for a script"),
    )


def drill(
    context: typer.Context,
    account: AccountName,
    symbol: SymbolName = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    """Try whether a paper account's broker keeps what is relied on.

    At its real endpoint, with orders for one share at half of the bid: sent, found, refused the
    second time, cancelled, confirmed. They are taken back whatever happens, also on Ctrl-C.
    Leaves with 0 where all held, else with 1; the report says what and where it is kept.
    """
    from bot.daemon.lock import hold
    from bot.daemon.signals import stop_on_signals

    options: Options = context.obj
    config = read_config(options.config)
    if account == EVERY:
        raise unknown(config, account)
    (ours,) = chosen(config, account)
    _refuse_real_money(ours)
    _confirm(ours, yes=yes)
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    stop = threading.Event()
    with hold(config.state_dir / LOCK), stop_on_signals(stop):
        told = _drill(config, ours, symbol, stop)
    if as_json:
        show_json(told.drill)
    else:
        from bot.report.drill import page

        show(page(told.drill).rstrip())
    return _leave(told)


@dataclass(frozen=True, slots=True)
class Told:
    """A drill, and where its report is kept: the path without the ends of its three files."""

    drill: "Drill"
    kept: Path


def _refuse_real_money(ours: "AccountConfig") -> None:
    """Before anything is opened."""
    from bot.reconcile import Refusal
    from brokers.words import Environment

    if ours.broker.kind == "manual":
        raise Refusal(
            f"{ours.account} is held elsewhere: there is no endpoint to drill",
            "drill a paper account at a broker",
        )
    if ours.environment is not Environment.PAPER:
        raise Refusal(
            f"{label(ours)} is real money: a drill sends orders, and is for paper accounts only",
            "drill the paper account that the same broker gives you",
        )


def _confirm(ours: "AccountConfig", *, yes: bool) -> None:
    """Ask, where somebody can answer."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to say yes", "--yes drills without asking")
    asks = (
        f"send orders for one share at half of the bid to the {ours.broker.kind} endpoint of"
        f" {label(ours)}, and take them back?"
    )
    typer.confirm(asks, default=True, err=True, abort=True)


def _drill(
    config: "Config", ours: "AccountConfig", symbol: str | None, stop: threading.Event
) -> Told:
    """Open what it needs, run it, and write the report down."""
    from bot.drill.drill import report, run
    from bot.reconcile import Refusal

    clock, began = hands_of(config).clock, time.monotonic
    first = began()
    with ExitStack() as stack:
        bench, book_path = _bench(config, ours, symbol, clock, stop, stack)
        tell(f"{paint('PAPER', 'PAPER')} {ours.account}: drilling, Ctrl-C takes its orders back")
        if left := _clear_up(bench):
            raise Refusal(f"an earlier drill left an order: {left[0]}", "cancel it by hand first")
        bench.before = _paper_state(ours, bench.broker)  # as it is once that is done
        trials, left = run(bench, _tell)
        told = report(
            bench,
            broker=ours.broker.kind,
            trials=trials,
            left=left,
            seconds=began() - first,
            book=str(book_path),
        )
    if replayed_to(config) is not None:
        keep_replay(config, clock.now())  # its exchange has come as far as the drill waited
    return Told(told, _keep(told, config.state_dir / FOLDER))


def _clear_up(bench: "Bench") -> tuple[str, ...]:
    """What a drill that was killed has left behind, once it is taken back as far as it can be."""
    from bot.drill.sweep import sweep

    for row in bench.book.unsettled(bench.account):
        tell(f"taking back what an earlier drill has left: {row.order.key}")
    return sweep(bench)


def _bench(
    config: "Config",
    ours: "AccountConfig",
    symbol: str | None,
    clock: "Clock",
    stop: threading.Event,
    stack: ExitStack,
) -> "tuple[Bench, Path]":
    from bot.daemon.sessions import Sessions
    from bot.drill.bench import Bench
    from brokers.words import Symbol

    halted = stack.enter_context(_alone(config, ours, clock))
    sessions = Sessions(config.calendar, clock.now(), cache=config.state_dir / CACHE)
    opened = [open_desk(ours, config, sessions, clock.now).broker]
    stack.callback(lambda: let_go(opened[-1]))

    def reopen() -> "Broker":
        let_go(opened[-1])
        opened.append(open_desk(ours, config, sessions, clock.now).broker)
        return opened[-1]

    state = _paper_state(ours, opened[0])
    path = config.state_dir / FOLDER / f"{ours.account}-{_plain(state.fingerprint)}.db"
    book = stack.enter_context(_book_of_drills(path, ours, state))
    stack.enter_context(book.leases.held(ours.account, clock.now))
    names = tuple(name for name, _ in ours.policy.target.weights)[:NAMES_MAX]
    salt = repr((ours.account, state.fingerprint, clock.now(), len(book.plans(limit=10_000))))
    bench = Bench(
        account=ours.account,
        broker=opened[0],
        reopen=reopen,
        book=book,
        clock=clock,
        seconds=time.monotonic,
        stopping=lambda: "interrupted" if stop.is_set() else halted(),
        session_at=sessions.session_at,
        limits=ours.limits,
        names=(Symbol(symbol.upper()),) if symbol else names,
        plan_id=_plan_id(salt),
        before=state,
    )
    return bench, path


def _plan_id(salt: str) -> "PlanId":
    from strategies.planned import PlanId

    return PlanId(hashlib.sha256(salt.encode()).hexdigest()[:10].upper())


def _plain(fingerprint: str) -> str:
    """A broker's account number as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9]", "_", fingerprint)[:40]


def _paper_state(ours: "AccountConfig", broker: "Broker") -> "AccountState":
    """The account as the broker states it; raises ``Refusal`` where that is no paper account."""
    from bot.post import Identity
    from bot.reconcile.account import check_identity, read_account

    state = read_account(broker)
    check_identity(ours.account, Identity(ours.environment, ours.live_account), state)
    return state


@contextmanager
def _book_of_drills(path: Path, ours: "AccountConfig", state: "AccountState") -> "Iterator[Book]":
    """The book that the orders of drills stand in, bound to the broker's account."""
    from bot.book.book import Book

    path.parent.mkdir(mode=0o700, exist_ok=True)
    with Book.open(path, upgrade=True) as book:
        book.bind(ours.account, ours.broker.kind, state.environment, state.fingerprint)
        yield book


@contextmanager
def _alone(config: "Config", ours: "AccountConfig", clock: "Clock") -> Iterator[Callable[[], str]]:
    """Hold the account in the book that trades it; what is given says whether it was halted."""
    from bot.book.engine import locate
    from bot.reconcile import Refusal
    from bot.switch import read, worst

    place = locate(config.book_url).path
    if place is not None and not place.exists():
        yield lambda: ""
        return
    with open_book(config) as book, book.leases.held(ours.account, clock.now):

        def halted() -> str:
            book.leases.renew(ours.account, clock.now())
            halt = worst(read(config.state_dir), book.halted(ours.account))
            return "" if halt is None else halt.words

        if why := halted():
            raise Refusal(f"{label(ours)} is {why}", "find the cause, then run: trimtab resume")
        yield halted


def _tell(trial: "Trial") -> None:
    style = {"passed": "ok", "failed": "fail", "unverified": "warn"}[trial.verdict]
    tell(f"{paint(trial.verdict.ljust(10), style)}  {trial.name}: {trial.said}")


def _keep(told: "Drill", folder: Path) -> Path:
    """Write the report as text, JSON and HTML; the path without its end."""
    from bot.cli.documents import as_text
    from bot.report.drill import html, page

    kept = folder / f"{told.account}-{told.began:%Y%m%dT%H%M%S}"
    for end, text in ((".txt", page(told)), (".json", as_text(told) + "\n"), (".html", html(told))):
        kept.with_name(kept.name + end).write_text(text, encoding="utf-8")
    return kept


def _leave(told: Told) -> int:
    next_step(f"the report is kept: {told.kept}.txt, .json, .html")
    if told.drill.left_open:
        for each in told.drill.left_open:
            complain(f"may still be open: {each}")
        complain("orders may be left at the broker", "cancel them there, or run the drill again")
        return Exit.FAILED
    if told.drill.interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if told.drill.passed else Exit.FAILED
