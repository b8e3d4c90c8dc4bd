"""``trimtab demo``: the real daemon's work over a year of real prices, in fast-forward.

The folder it makes is an installation like any other: a config, a book, the paper exchange's own
file, an outbox. Every other verb works on it. Interrupted anywhere, it goes on where it was.
"""

import shutil
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit, WrongUse
from bot.cli.screen import complain, next_step, tell
from bot.cli.teach import teach
from bot.cli.wiring import LOCK, Hands, keep_replay, open_office, replayed_to

if TYPE_CHECKING:
    from bot.cli.demo_screen import Screen
    from bot.config.settings import Config
    from bot.rounds import Desk, Office

START = datetime(2020, 1, 1, tzinfo=UTC)
LAST = date(2020, 12, 31)
DEPOSIT = Decimal(25_000)
DEPOSIT_AT = datetime(2020, 7, 1, 13, 0, tzinfo=UTC)

MINUTE = timedelta(minutes=1)
RUNS_MAX = 1000
"""More than a year has slots."""

MADE = ("trimtab.db", "trimtab.db-wal", "trimtab.db-shm", "report.html", "config.toml")
MADE_FOLDERS = ("state", "outbox")
"""All that a demo leaves in its folder; ``--fresh`` removes this and nothing else."""

Folder = Annotated[
    Path, typer.Option("--folder", metavar="FOLDER", help="Where the demo's files go.")
]
Until = Annotated[
    str, typer.Option("--until", metavar="DAY", help="Last day of the replay, in 2020.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin again: remove what the demo made.")]

CONFIG = """\
# The demo: 20 US large caps in equal parts, on the embedded paper exchange. PAPER money only.
book = "trimtab.db"

[mail]
outbox = "outbox"                     # mails become files in this folder

[alerts]
drift_warning = 0.03                  # weight: tell me when a name is this far from target
weekly_report = "friday"

[accounts.demo]
broker = "paper"
environment = "paper"
mode = "auto"                         # acts alone, but a first allocation asks for approval
profile = "person"
schedule = { at = "open+30m", period = "never", cooldown_days = 5 }

[accounts.demo.target]
strategy = "equal"
symbols = [
  "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO",
  "LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM",
]

[accounts.demo.bands]
relative = 0.25                       # share of target: 5 % may become 6.25 % or 3.75 %
aim = "half"                          # bring it halfway back from the edge

[accounts.demo.tax]
kind = "traditional"                  # an IRA: selling costs no tax

[accounts.demo.paper]
cash = 250000                         # USD to begin with
tape = "us20"                         # real daily closes; what is between them is a model
seed = 2020
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        demo,
        ("trimtab demo", "the whole year, into trimtab-demo"),
        ("trimtab demo --until 2020-04-30 --fresh", "the crash of that spring, anew"),
        ("trimtab -c trimtab-demo/config.toml status", "every verb works on it"),
    )


def demo(
    folder: Folder = Path("trimtab-demo"), until: Until = "2020-12-31", fresh: Fresh = False
) -> int:
    """Run the year 2020 with PAPER money: no account, no network.

    The daemon's own work in fast-forward: twenty US names, real closing prices, an exchange with
    spreads and volumes, an owner who approves, a deposit in July. Ctrl-C stops it in good order,
    and the same command goes on from there.
    """
    from bot.daemon.signals import stop_on_signals

    last = _day(until)
    config = _installed(folder, fresh=fresh)
    stop = threading.Event()
    with stop_on_signals(stop):
        failed = _replay(config, last, stop)
    if stop.is_set():
        complain("interrupted; the book is sound", f"trimtab demo --folder {folder} goes on")
        return Exit.INTERRUPTED
    if failed:
        complain(f"{failed} slots of the schedule failed", "see above, and the mails")
        return Exit.UNEXPECTED
    next_step(f"trimtab --config {config.path} status")
    return Exit.OK


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{text!r} is not a day", "write one like 2020-04-30") from error
    if not START.date() < day <= LAST:
        raise WrongUse(f"{day} is not in the year of the demo", "write a day of 2020")
    return day


def _installed(folder: Path, *, fresh: bool) -> "Config":
    """The demo's folder with its config; what is somebody else's is left alone.

    Variables of the environment do not reach it: they may name the book of a real account.
    """
    from bot.config.read import load

    path = folder / "config.toml"
    if path.exists() and not _is_ours(path):
        remedy = "name another place: trimtab demo --folder FOLDER"
        raise WrongUse(f"{path} is there already, and is not the demo's", remedy)
    if fresh:
        _remove(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(CONFIG, encoding="utf-8")
    return load(path, {})


def _is_ours(path: Path) -> bool:
    """Whether the config is the demo's, perhaps with other numbers in it."""
    return path.read_text(encoding="utf-8").startswith(CONFIG.partition("\n")[0])


def _remove(folder: Path) -> None:
    from bot.daemon.lock import hold

    if not (folder / "config.toml").exists():
        return
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    with hold(folder / "state" / LOCK):
        for name in MADE:
            (folder / name).unlink(missing_ok=True)
        for name in MADE_FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)


def _replay(config: "Config", last: date, stop: threading.Event) -> int:
    """Work every slot up to ``last``, or until ``stop``; how many slots failed."""
    from bot.cli.demo_end import finish
    from bot.cli.demo_screen import Screen
    from bot.cli.service import CLOSING, put_together
    from bot.clock import VirtualClock
    from bot.daemon.fastforward import fast_forward
    from bot.daemon.lock import hold
    from bot.daemon.rota import Chore

    clock, screen = VirtualClock(replayed_to(config) or START), Screen()
    hands = Hands(clock, screen.step, stop.is_set)
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        hold(config.state_dir / LOCK),
        open_office(config, hands, config.accounts) as (office, desks),
    ):
        (desk,) = desks
        clock.move_to(_left_off(office, desk, last))
        service = put_together(config, office, desks)
        service.rota.mourn(service.jobs)
        keep_replay(config, clock.now())
        owner = Chore(
            "owner", MINUTE, partial(_be_the_owner, config, office, desk, screen), trades=True
        )
        # A replay stands where its last slot was: who tries a verb on it finds the exchange open.
        chores = [each for each in service.chores if not each.name.startswith(CLOSING)]
        until = datetime.combine(last, time(23, 59), UTC)
        with screen:
            fast_forward(service.rota, service.jobs, (owner, *chores), clock, until)
        if not stop.is_set():
            finish(config, office, desk)
        return sum(run.ok is False for run in office.book.runs(desk.account, RUNS_MAX))


def _left_off(office: "Office", desk: "Desk", last: date) -> datetime:
    """Where an earlier demo stopped, or the start."""
    runs = office.book.runs(desk.account, 1)
    if not runs:
        return START
    if runs[0].started.date() >= last:
        tell(f"this demo was worked up to {runs[0].started:%Y-%m-%d} before; --fresh begins again")
    return runs[0].started


def _be_the_owner(
    config: "Config", office: "Office", desk: "Desk", screen: "Screen", _name: str, now: datetime
) -> None:
    """Do what a person would: approve what waits, and pay something in, once, in July."""
    from bot.cli.service import carry_out_approved

    for row in office.book.waiting_plans(desk.account, now):
        office.book.mark_plan(row.plan_id, "approved", "demo", "the demo's owner", now)
    carry_out_approved(office, desk)
    screen.show(office, desk)
    _pay_in(desk, now)
    keep_replay(config, office.clock.now())


def _pay_in(desk: "Desk", now: datetime) -> None:
    from brokers.paper.broker import PaperBroker
    from brokers.words import FlowKind

    assert isinstance(desk.broker, PaperBroker), "the demo's account is a paper account"
    flows = desk.broker.cash_flows(None)
    is_paid = any(f.kind is FlowKind.DEPOSIT and f.time >= DEPOSIT_AT for f in flows)
    if now >= DEPOSIT_AT and not is_paid:
        desk.broker.deposit(DEPOSIT, now)
