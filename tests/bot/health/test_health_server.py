"""The pages over real sockets: many at once, slow ones, and a book that is written meanwhile."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from health_house import MAIN, NOW, House, make_well

from bot.book.book import Book
from bot.health.address import read_address
from bot.health.pages import Answer
from bot.health.server import GUESTS_MAX, Server

SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(port: int, path: str, host: str = "") -> tuple[int, str]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    link.request("GET", path, headers={"Host": host} if host else {})
    answer = link.getresponse()
    body = answer.read().decode()
    link.close()
    return answer.status, body


def get_or_not(port: int) -> int | None:
    """Status of a page; None where we were let go of."""
    try:
        return get(port, "/livez")[0]
    except (ConnectionError, http.client.HTTPException):
        return None


@contextmanager
def hello() -> Iterator[int]:
    port = free_port()
    page = Server(read_address(f"127.0.0.1:{port}"), lambda path: Answer(200, f"page {path}\n"))
    with page.serving():
        yield port


def test_a_page_and_a_stranger() -> None:
    with hello() as port:
        assert get(port, "/livez") == (200, "page /livez\n")
        assert get(port, "/livez", "rebound.example")[0] == 421
    with pytest.raises(ConnectionRefusedError):
        get(port, "/livez")


def test_a_unix_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "health.sock"
    page = Server(read_address(f"unix:{path}"), lambda _path: Answer(200, "hello\n"))
    with page.serving():
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(SECONDS)
            link.connect(str(path))
            link.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert link.recv(4096).startswith(b"HTTP/1.1 200 OK")
    assert not path.exists()


def test_who_says_nothing_holds_up_nobody() -> None:
    with hello() as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(GUESTS_MAX // 2)]
        begun = time.monotonic()
        assert get(port, "/livez")[0] == 200
        assert time.monotonic() - begun < 2
        for link in silent:
            link.settimeout(SECONDS)
            assert link.recv(1) == b""  # let go, in a few seconds
            link.close()


def test_who_comes_when_too_many_are_there_is_let_go() -> None:
    with hello() as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(GUESTS_MAX)]
        one_more = socket.create_connection(("127.0.0.1", port))
        one_more.settimeout(SECONDS)
        assert one_more.recv(1) == b""
        for link in (*silent, one_more):
            link.close()
        end = time.monotonic() + SECONDS
        while (status := get_or_not(port)) != 200:
            assert time.monotonic() < end
        assert status == 200


def test_a_request_in_pieces_and_one_without_end() -> None:
    with hello() as port:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as link:
            for piece in (b"GET /li", b"vez HTTP/1.1\r\nHost: 127.0.0.1:", b"%d\r\n\r\n" % port):
                link.sendall(piece)
                threading.Event().wait(0.05)
            assert b"page /livez" in link.makefile("rb").read()
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as link:
            link.sendall(b"GET /livez HTTP/1.1\r\n" + b"X: y\r\n" * 1400)
            assert link.recv(12) == b"HTTP/1.1 431"


def test_a_thousand_questions_while_the_book_is_written(tmp_path: Path) -> None:
    """No commit fails or waits for its turn, whatever is asked meanwhile."""
    path, port = tmp_path / "book.db", free_port()
    with Book.open(path, upgrade=True) as book:
        house = House(book)
        make_well(house)
        done = threading.Event()
        commits: list[float] = []

        def write() -> None:
            while not done.is_set() or len(commits) < 50:
                begun = time.perf_counter()
                moment = NOW + timedelta(seconds=len(commits))
                book.keep_tieout(MAIN, moment, ok=True, text="")
                commits.append(time.perf_counter() - begun)

        with house.pages(path) as pages:
            paths = [f"/{name}" for name in ("readyz", "metrics", "livez", "nothing")] * 250
            with (
                Server(read_address(f"127.0.0.1:{port}"), pages.answer).serving(),
                ThreadPoolExecutor(17) as pool,
            ):
                writer = pool.submit(write)
                found = list(pool.map(lambda p: get(port, p), paths))
                done.set()
                writer.result(SECONDS)
        assert [status for status, _ in found] == [200, 200, 200, 404] * 250
        assert len(commits) >= 50
        assert book.timings.spread().count >= len(commits)
        assert max(commits) < 5.0
