"""Many questions at once: asked in turn at the pace, in few writes; only what counts is read."""

import asyncio
from types import SimpleNamespace

import pytest

from brokers.ibkr.ear import Ear, Waiting
from brokers.ibkr.link import in_one_piece
from brokers.ibkr.pace import Pace, Urgency


def test_who_waits_waits_in_turn_and_only_the_first_watches_the_clock() -> None:
    looked, told = 0, []

    async def all_of_them() -> float:
        nonlocal looked
        loop = asyncio.get_running_loop()

        def seconds() -> float:
            nonlocal looked
            looked += 1
            return loop.time()

        pace, begun = Pace(100, seconds), loop.time()

        async def one(number: int) -> None:
            await pace.take(Urgency.LOOK)
            told.append(number)

        await asyncio.gather(*map(one, range(120)))
        return loop.time() - begun

    assert asyncio.run(all_of_them()) >= 1, "80 of 100 a second are for looks"
    assert told == list(range(120))
    assert looked < 5 * 120, "a throng that wakes at each turn looks thousands of times"


def test_a_cancellation_waits_behind_no_look() -> None:
    async def in_a_throng() -> bool:
        pace = Pace(10, asyncio.get_running_loop().time)
        looks = [asyncio.create_task(pace.take(Urgency.LOOK)) for _ in range(20)]
        await asyncio.sleep(0)
        async with asyncio.timeout(0.2):
            await pace.take(Urgency.CANCEL)
        is_full = not pace.take_now(Urgency.LOOK)
        for each in looks:
            each.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        return is_full

    assert asyncio.run(in_a_throng()), "who comes now does not overtake those who wait"


def test_what_leaves_together_waits_for_room_and_ages_together() -> None:
    """Twenty looks a second. Of those that left one by one, fifteen have to age, and not all."""
    now = [0.0]
    pace = Pace(25, lambda: now[0])
    for number in range(20):
        now[0] = number / 100
        assert pace.take_now(Urgency.LOOK)
    assert pace.gap(Urgency.LOOK, 15) == pytest.approx(0.14 + 1 - 0.19, abs=0.01)
    now[0] = 1.15
    asyncio.run(pace.take(Urgency.LOOK, 500))
    assert [pace.take_now(Urgency.LOOK) for _ in range(20)].count(True) == 14
    pace.left(15)
    assert len({stamp for stamp in pace.sent if stamp >= 1}) == 1
    now[0] = 2.16
    assert pace.gap(Urgency.LOOK, 20) == 0.0


def test_one_more_is_taken_while_there_is_room() -> None:
    pace = Pace(10, lambda: 0.0)
    assert [pace.take_now(Urgency.LOOK) for _ in range(9)] == [True] * 8 + [False]


IDLE = [
    "1|6|9|4|70.0|100|0", "1|6|9|9|70.0|0|0", "2|6|9|0|200", "46|6|9|32|x", "81|9|0.01|x|3",
    "1", "1|6", "1|6|x|1|69.98|200|0", "1|6|-9|1|69.98|200|0", "1|6|8|1|69.98|200|0", "58|1|9|x",
]  # fmt: skip
TICKS: dict[str, tuple[str, object]] = {
    "1|6|9|1|69.98|200|0": ("price 1", ("1", "69.98", "200", "0")),
    "1|6|9|2|70.02|100|0": ("price 2", ("2", "70.02", "100", "0")),
    "1|6|9|66|1|1|0": ("price 66", ("66", "1", "1", "0")),
    "1|6|9|67|1|1|0": ("price 67", ("67", "1", "1", "0")),
    "46|6|9|45|1584025200": ("text 45", ("45", "1584025200")),
    "46|6|9|88|1584025200": ("text 88", ("88", "1584025200")),
    "58|1|9|3": ("kind", ("3",)),
}


def told(message: str) -> tuple[list[tuple[str, object]], list[list[str]]]:
    """What of a message reaches who waits for request 9, and what the library is given to read."""
    ear, read = Ear("UTC", None, lambda *_: None), list[list[str]]()  # type: ignore[arg-type]
    client = SimpleNamespace(decoder=SimpleNamespace(interpret=read.append, logger=None))
    ear.listen(client)
    news = list[tuple[str, object]]()
    waiting = Waiting(None)  # type: ignore[arg-type]  # nothing ends here
    waiting.news = lambda name, value: news.append((name, value))
    ear.waiting[9] = waiting
    client.decoder.interpret(message.split("|") if message else [])
    return news, read


@pytest.mark.parametrize("message", IDLE)
def test_a_tick_that_nobody_waits_for_is_not_read(message: str) -> None:
    assert told(message) == ([], [])


@pytest.mark.parametrize(("message", "news"), TICKS.items())
def test_a_tick_of_a_quote_is_read_as_it_stands(message: str, news: tuple[str, object]) -> None:
    assert told(message) == ([news], [])


@pytest.mark.parametrize("message", ["57|1|9", "4|2|9|354|no", "15|1|DU1", ""])
def test_everything_else_is_read_by_the_library(message: str) -> None:
    assert told(message) == ([], [message.split("|") if message else []])


class Conn(SimpleNamespace):
    """A connection that writes down what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def sendMsg(self, data: bytes) -> None:  # noqa: N802 - the library's name
        self.written.append(data)


def test_what_is_sent_together_leaves_in_one_write() -> None:
    client = SimpleNamespace(conn=Conn())
    with in_one_piece(client):
        client.conn.sendMsg(b"a")
        client.conn.sendMsg(b"b")
        assert client.conn.written == []
    client.conn.sendMsg(b"c")
    with in_one_piece(client):
        pass
    assert client.conn.written == [b"ab", b"c"]


def test_what_was_sent_before_it_broke_leaves_too() -> None:
    client = SimpleNamespace(conn=Conn())

    def breaks() -> None:
        with in_one_piece(client):
            client.conn.sendMsg(b"a")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        breaks()
    assert client.conn.written == [b"a"]
