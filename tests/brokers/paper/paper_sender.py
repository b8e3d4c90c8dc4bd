"""A program that sends orders without end and says so; the kill test ends it with SIGKILL."""

import sys
from itertools import count
from pathlib import Path

from paper_bench import THURSDAY, SetClock, open_at, sell, told
from paper_bench import buy as buying

from brokers.broker import Accepted


def main() -> None:
    """Send, and print the key of each order that was accepted."""
    clock = SetClock(THURSDAY)
    broker = open_at(Path(sys.argv[1]), told(), clock)
    for number in count():
        order = (buying, sell)[number % 2](f"k{number}", "1.5", ("100.01", "99.99")[number % 2])
        if isinstance(broker.submit(order), Accepted):
            sys.stdout.write(f"{order.key}\n")
            sys.stdout.flush()
        clock.on(milliseconds=100)


if __name__ == "__main__":
    main()
