"""``trimtab demo``: the real daemon's work over a year of real prices, in fast-forward.

The folder it makes is an installation like any other: a config, a book, the paper exchange's own
file, an outbox. Every other verb works on it. Interrupted anywhere, it goes on where it was.
"""

import shutil
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import Options
from bot.cli.screen import next_step, tell
from bot.cli.wiring import Hands, open_office, read_config

if TYPE_CHECKING:
    from bot.cli.service import Service
    from bot.clock import VirtualClock
    from bot.config.settings import Config
    from bot.rounds import Desk, Office

START = datetime(2020, 1, 1, tzinfo=UTC)
DEPOSIT = Decimal(25_000)
DEPOSIT_AT = datetime(2020, 7, 1, 13, 0, tzinfo=UTC)

Folder = Annotated[Path, typer.Option("--folder", help="Where the demo's files go.")]
Until = Annotated[str, typer.Option("--until", help="Last day of the replay, in 2020.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin again: remove the folder first.")]

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
    """Add the verbs of this room."""
    app.command()(demo)


def demo(
    context: typer.Context,
    folder: Folder = Path("trimtab-demo"),
    until: Until = "2020-12-31",
    fresh: Fresh = False,
) -> int:
    """Run the year 2020 on the paper exchange: no account, no network, about half a minute.

    Example: trimtab demo --until 2020-04-30 --fresh
    """
    from bot.daemon.signals import stop_on_signals

    options: Options = context.obj
    last = _day(until)
    if fresh and (folder / "config.toml").is_file():
        shutil.rmtree(folder)
    config = _installed(folder)
    stop = threading.Event()
    with stop_on_signals(stop):
        interrupted = _replay(config, last, stop, is_quiet=options.is_quiet)
    if interrupted:
        tell("stopped in good order; the book is sound")
        next_step(f"trimtab demo --folder {folder} goes on from here")
        return Exit.INTERRUPTED
    next_step(f"trimtab --config {folder / 'config.toml'} status")
    return Exit.OK


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a day like 2020-12-31") from error
    if not START.date() < day <= date(2020, 12, 31):
        raise typer.BadParameter(f"{day} is not in the year of the demo, 2020")
    return day


def _installed(folder: Path) -> "Config":
    """The demo's folder with its config; one that is there is kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "config.toml"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(CONFIG, encoding="utf-8")
    return read_config(path)


def _replay(config: "Config", last: date, stop: threading.Event, *, is_quiet: bool) -> bool:
    """Work every slot up to ``last``; True where it was stopped before."""
    from bot.cli.demo_end import finish
    from bot.cli.demo_screen import Screen
    from bot.cli.service import put_together
    from bot.clock import VirtualClock

    clock = VirtualClock(START)
    screen = Screen(is_quiet=is_quiet)
    hands = Hands(clock, screen.step, stop.is_set)
    with open_office(config, hands) as (office, desks):
        (desk,) = desks
        clock.move_to(_left_off(office, desk))
        _announce_deposit(desk, office)
        service = put_together(config, office, desks, office.sessions)
        with screen:
            _drive(service, office, desk, clock, last, screen)
        if stop.is_set():
            return True
        finish(config, office, desk, last)
    return False


def _left_off(office: "Office", desk: "Desk") -> datetime:
    """Where an earlier demo stopped, or the start."""
    runs = office.book.runs(desk.account, 1)
    return runs[0].started if runs else START


def _announce_deposit(desk: "Desk", office: "Office") -> None:
    """A deposit in the middle of the year, so that investing new cash is seen too."""
    from brokers.paper.broker import PaperBroker

    assert isinstance(desk.broker, PaperBroker), "the demo's account is a paper account"
    if not office.book.runs(desk.account, 1):
        desk.broker.deposit(DEPOSIT, DEPOSIT_AT)


def _drive(  # the whole of the demo meets here
    service: "Service",
    office: "Office",
    desk: "Desk",
    clock: "VirtualClock",
    last: date,
    screen: "object",
) -> None:
    from bot.cli.demo_screen import Screen
    from bot.cli.service import carry_out_approved
    from bot.daemon.fastforward import fast_forward
    from bot.daemon.rota import Chore

    assert isinstance(screen, Screen)

    def owner(_name: str, now: datetime) -> None:
        """The demo stands in for the person who approves."""
        for row in office.book.waiting_plans(desk.account, now):
            office.book.mark_plan(row.plan_id, "approved", "demo", "the demo's owner", now)
        carry_out_approved(office, [desk])
        screen.show(office, desk)

    chores = (Chore("owner", timedelta(minutes=1), owner, trades=True), *service.chores)
    until = datetime.combine(last, time(23, 59), UTC)
    fast_forward(service.rota, service.jobs, chores, clock, until)
