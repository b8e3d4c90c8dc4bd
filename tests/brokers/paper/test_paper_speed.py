"""How fast the exchange is: CPU seconds of this process, the best of several rounds."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import process_time

from paper_bench import THURSDAY, D, SetClock, buy, open_at

from brokers.broker import Accepted
from brokers.paper.broker import PaperBroker
from brokers.paper.synthetic import synthetic_tape
from brokers.paper.us20 import us20_tape
from brokers.paper.venue import PaperOptions
from brokers.words import Symbol

RICH = PaperOptions(cash=D(100_000_000))


def best(rounds: int, work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of ``rounds``."""
    taken = []
    for _ in range(rounds):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def test_quotes(tmp_path: Path) -> None:
    clock = SetClock()
    for tape, most in ((us20_tape(1), 0.005), (synthetic_tape(500, 1), 0.010)):
        broker = open_at(tmp_path / str(most), tape, clock, RICH)
        broker.quotes(tape.symbols)

        def look(broker: PaperBroker = broker, names: tuple[Symbol, ...] = tape.symbols) -> None:
            clock.on(seconds=61)
            assert len(broker.quotes(names)) == len(names)

        assert best(10, look) < most
        broker.close()


def test_500_orders_are_taken_in_below_a_second(tmp_path: Path) -> None:
    clock, tape = SetClock(), synthetic_tape(500, 1)
    broker = open_at(tmp_path, tape, clock, RICH)
    asks = {name: quote.ask for name, quote in broker.quotes(tape.symbols).items()}
    orders = [buy(f"k{name}", "10", str(ask), name) for name, ask in asks.items()]

    def send() -> None:
        assert all(isinstance(broker.submit(order), Accepted) for order in orders)

    assert best(1, send) < 1.0
    clock.at = THURSDAY + timedelta(minutes=20)
    assert len(broker.executions(None)) >= 400
    broker.close()
