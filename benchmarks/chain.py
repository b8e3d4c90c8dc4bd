"""What the hash chain costs: commits with it and without it, turn by turn, in memory and on disk.

Run ``python -m benchmarks.chain [commits]``. A commit is one note on an order, the commonest there
is; before an order leaves there is one of an intent, and every step of it is another. Both books
are alike but for the links; their commits take turns, so that a busy machine slows both. Folders:
one of a temporary file system where there is one (/dev/shm), and one on the disk.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import Engine

from benchmarks.book import ACCOUNT, ORDERS, START, orders_of, plan_at
from bot.book import orders
from bot.book.book import Book
from bot.book.chain import open_seal
from bot.book.engine import Place, connect, locate, writing
from bot.book.orders import Fence
from bot.book.rows import Intent, Note
from brokers.words import Environment, OrderKey

COMMITS = 2_000
GOAL_MS = 0.3
SHARED = Path("/dev/shm")  # noqa: S108 as Linux has it
KINDS = ("with", "without")


def book_at(folder: Path, kind: str) -> Place:
    """A book with some orders, to be written to."""
    place = locate(folder / f"{kind}.db")
    with Book.open(folder / f"{kind}.db", upgrade=True) as book:
        book.bind(ACCOUNT, "paper", Environment.PAPER, "bench")
        book.leases.take(ACCOUNT, START)
        plan = plan_at(0, ORDERS, START)
        book.keep(plan, "digest")
        book.mark_plan(plan.plan_id, "started", "bench", "", START)
        wanted = orders_of(0, ORDERS)
        book.intend(plan.plan_id, ACCOUNT, [Intent(o, 0, START, START) for o in wanted])
    return place


@contextmanager
def engines(folder: Path) -> Iterator[dict[str, tuple[Engine, Place]]]:
    """One that links what it adds, and one that does not."""
    with ExitStack() as stack:
        made = {}
        for kind in KINDS:
            place = book_at(folder, kind)
            engine = connect(place)
            stack.callback(engine.dispose)
            with writing(engine, place) as connection:
                sent = [Note(order.key, "sent", START) for order in orders_of(0, ORDERS)]
                orders.note(connection, sent, lambda *_told: 1)
            made[kind] = engine, place
        yield made


def commit(engine: Engine, place: Place, number: int, kind: str) -> tuple[float, float]:
    """Seconds of the wall and of the processor that one note took."""
    key = OrderKey(f"k-0-{number % ORDERS}")
    note = Note(key, "accepted", START + timedelta(seconds=number))
    wall, processor = perf_counter(), process_time()
    with writing(engine, place) as connection:
        orders.note(connection, [note], NO_FENCE)
        if kind == "without":
            open_seal(connection)  # nothing was added that a link would have to name
    return perf_counter() - wall, process_time() - processor


def _refuse(*_told: object) -> int:
    raise AssertionError("nothing is sent here")


NO_FENCE: Fence = _refuse


def measure(folder: Path, commits: int) -> float:
    """Print a line for each kind, and return what the chain takes of a processor in ms."""
    with engines(folder) as made:
        took: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        for number in range(commits):
            for kind in KINDS:
                took[kind].append(commit(*made[kind], number, kind))
    processor = {}
    for kind, pairs in took.items():
        wall = sum(pair[0] for pair in pairs)
        processor[kind] = median(pair[1] for pair in pairs) * 1000
        half = median(pair[0] for pair in pairs) * 1000
        print(
            f"  {kind:8} the chain {len(pairs) / wall:8,.0f} commits/s"
            f"   p50 {half:6.3f} ms, of it processor {processor[kind]:6.3f} ms"
        )
    cost = processor["with"] - processor["without"]
    print(f"  the chain costs {cost:.3f} ms a commit")
    return cost


def main(commits: int) -> None:
    """In memory, then on the disk."""
    costs = []
    for what, above in (("in memory", SHARED if SHARED.is_dir() else None), ("on the disk", None)):
        with tempfile.TemporaryDirectory(dir=above) as place:
            print(f"{what} ({place})")
            costs.append(measure(Path(place), commits))
    print("goal of 0.3 ms", "met" if min(costs) <= GOAL_MS else "MISSED")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMITS)
