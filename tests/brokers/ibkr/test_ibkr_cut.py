"""An order whose bytes are cut off on the way: wherever that is, it is one order or none."""

import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Thread

import pytest
from ibkr_bench import Desk, buy

from brokers.broker import Absent, Accepted, Found, Refused, Unclear
from brokers.words import OrderKey

ORDER = b"3\0"
"""How an order begins behind its length."""


@dataclass
class Wire:
    """Forwards every byte to ``port``, until an order is cut after ``cut_after`` of its bytes."""

    port: int
    cut_after: int | None = None
    listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here = self.listener.accept()[0]
                there = socket.create_connection(("127.0.0.1", self.port))
                for way in ((here, there, True), (there, here, False)):
                    Thread(target=self._pump, args=way, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, ours: object) -> None:
        with suppress(OSError), closing(source), closing(target):
            while data := source.recv(1 << 16):
                if ours and self.cut_after is not None and data[4:6] == ORDER:
                    target.sendall(data[: self.cut_after])
                    self.cut_after = None
                    break
                target.sendall(data)
            for each in (source, target):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(ib: Desk) -> Iterator[Wire]:
    """A wire to the gateway."""
    made = Wire(ib.server.port)
    yield made
    made.listener.close()


@pytest.mark.parametrize("after", [0, 1, 3, 4, 5, 6, 20, 100, 200, 5000])
def test_cut_after_any_byte_it_is_one_order_or_none(ib: Desk, wire: Wire, after: int) -> None:
    broker = ib.open(port=wire.listener.getsockname()[1])
    broker.executions(None)
    wire.cut_after = after
    result = broker.submit(buy("k", limit="50"))
    whole = after >= 5000  # and its answer may come before the cut
    assert isinstance(result, Unclear | Accepted if whole else Unclear)
    ib.server.settle()
    broker.executions(None)
    broker.open_orders()
    there = ib.model.by_ref("k")
    found = broker.find(OrderKey("k"))
    if whole:
        assert len(there) == 1
        assert isinstance(found, Found)
    else:
        assert there == []
        ib.clock.on(20)
        assert broker.find(OrderKey("k")) == Absent(certain=True)
    assert isinstance(broker.submit(buy("k", limit="50")), Refused), "never sent again"
    assert len(ib.model.by_ref("k")) == len(there)
