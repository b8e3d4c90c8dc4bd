"""How long a restart takes with ten years of book: `trimtab status`, and the daemon until READY=1.

Run ``python -m benchmarks.restart [starts]``. Every start is a process of its own, from the first
instruction to its answer; the daemon says READY=1 on the socket that systemd would give it. Beside
it stands what a start takes of a processor, which a busy machine changes less. The book has 600
traded cycles of 30 orders, and for each of 2,520 sessions a run, a tie-out and a picture of the
account. The full check, which no start makes, is timed once.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from benchmarks.book import ACCOUNT, START, ten_years, took
from bot.book.book import Book
from bot.book.maintain import check
from bot.book.rows import SnapshotRow
from brokers.words import Environment, Symbol

STARTS = 25
SESSIONS = 2_520
NAMES = 30
GOAL_SECONDS = 3.0

CONFIG = f"""
book = "book.db"
state_dir = "state"

[accounts.{ACCOUNT}]
broker = "paper"
environment = "paper"
mode = "propose"

[accounts.{ACCOUNT}.target]
strategy = "equal"
symbols = ["AAPL", "KO", "XOM"]

[accounts.{ACCOUNT}.paper]
cash = 100000
tape = "us20"
"""


def sessions(book: Book) -> None:
    """What every session leaves, traded or not."""
    names = [Symbol(f"S{n}") for n in range(NAMES)]
    weights = dict.fromkeys(names, Decimal("0.0333"))
    with took(f"{SESSIONS} sessions: a run, a tie-out, a picture"):
        for number in range(SESSIONS):
            time = START + timedelta(days=365 * number / 252)
            book.begin_run(ACCOUNT, f"s-{number}", time)
            book.keep_tieout(ACCOUNT, time, ok=True, text="")
            nav = Decimal(1_000_000 + number)
            book.keep_snapshot(
                SnapshotRow(ACCOUNT, time, time.date(), nav, Decimal(9), weights, weights)
            )
            book.end_run(ACCOUNT, f"s-{number}", time, ok=True)


def write_house(folder: Path) -> None:
    """A config and its book, as ten years have left them."""
    (folder / "config.toml").write_text(CONFIG)
    (folder / "config.toml").chmod(0o600)
    with Book.open(folder / "book.db", upgrade=True) as book:
        book.bind(ACCOUNT, "paper", Environment.PAPER, "bench")
        book.leases.take(ACCOUNT, START)
        ten_years(book)
        sessions(book)
        book.leases.release(ACCOUNT, START)


def trimtab(folder: Path, *words: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "bot", "--config", str(folder / "config.toml"), *words]


def surroundings(folder: Path) -> dict[str, str]:
    """As where it is installed: its code is compiled once, at the first start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "NOTIFY_SOCKET": str(folder / "notify"),
    }
    return kept | told


def status(folder: Path) -> float:
    """Seconds until ``trimtab status`` has answered."""
    begun = perf_counter()
    subprocess.run(  # noqa: S603 our own program
        trimtab(folder, "status"), check=True, capture_output=True, env=surroundings(folder)
    )
    return perf_counter() - begun


@contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """The socket of systemd."""
    place = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(place))
        ear.settimeout(60)
        yield ear
    place.unlink()


def ready(folder: Path) -> float:
    """Seconds until the daemon says that it is ready; it is then stopped in good order."""
    with listening(folder) as ear:
        begun = perf_counter()
        daemon = subprocess.Popen(  # noqa: S603 our own program
            trimtab(folder, "run"),
            env=surroundings(folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while b"READY=1" not in ear.recv(4096):
            pass
        seconds = perf_counter() - begun
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(60) == 0, "it did not stop in good order"
    return seconds


def figures(what: str, seconds: Sequence[float]) -> float:
    """Print median and 99th percentile (the nearest rank: of 25 the slowest), and return it."""
    ranked = sorted(seconds)
    p99 = ranked[-(-99 * len(ranked) // 100) - 1]
    half = ranked[len(ranked) // 2]
    print(f"{what:32} p50 {half:6.2f} s   p99 {p99:6.2f} s   of {len(ranked)}")
    return p99


def timed(what: str, start: Callable[[Path], float], folder: Path, starts: int) -> float:
    """Start again and again; the 99th percentile of the wall's seconds."""
    start(folder)  # which compiles
    wall, processor = [], []
    for _ in range(starts):
        before = spent()
        wall.append(start(folder))
        processor.append(spent() - before)
    figures(f"{what}, processor", processor)
    return figures(what, wall)


def spent() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(starts: int) -> None:
    """Fill, then start again and again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_house(folder)
        print(f"{(folder / 'book.db').stat().st_size / 2**20:9.1f} MiB the file")
        timed("trimtab status", status, folder, starts)
        p99 = timed("daemon until READY=1", ready, folder, starts)
        with took("the full check of trimtab db check"):
            assert check(folder / "book.db") == ()
        print("goal of 3 s", "met" if p99 <= GOAL_SECONDS else "MISSED")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS)
