"""Which requests are answered: GET, by one of our own names, without a body; nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.health.address import NotOurs, listen_at, read_address
from bot.health.pages import Answer
from bot.health.request import END, answer_to

NAMES = read_address("127.0.0.1:9464").names
ASKED: list[str] = []


def page(path: str) -> Answer:
    ASKED.append(path)
    return Answer(200, f"page {path}\n")


def ask(head: bytes | str) -> tuple[int, str]:
    """Status and body of what is answered to a request."""
    ASKED.clear()
    raw = answer_to(head.encode() if isinstance(head, str) else head, NAMES, page)
    top, _, body = raw.partition(END)
    return int(top.split(b" ")[1]), body.decode()


def get(path: str = "/livez", host: str = "127.0.0.1:9464", method: str = "GET") -> tuple[int, str]:
    return ask(f"{method} {path} HTTP/1.1\r\nHost: {host}")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9464", "localhost:9464", "LOCALHOST:9464", "[::1]:9464"]
)
def test_our_own_names_are_answered(host: str) -> None:
    assert get(host=host) == (200, "page /livez\n")
    assert get("/metrics?x=1", host) == (200, "page /metrics\n")


STRANGERS = [
    "evil.example",
    "evil.example:9464",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:9465",
    "127.0.0.1:9464.evil.example",
    "127.0.0.1.nip.io:9464",
    "localhost.evil.example:9464",
    "evil.example@127.0.0.1:9464",
    "127.0.0.1:9464@evil.example",
    "127.1:9464",
    "2130706433:9464",
    "0x7f000001:9464",
    "0.0.0.0:9464",
    "[::]:9464",
    "[::ffff:127.0.0.1]:9464",
    "::1:9464",
    "127.0.0.1:09464",
    "127.0.0.1:9464,evil.example",
    "127.0.0.1:9464 evil.example",
    "",
    *(f"rebind{number}.example:9464" for number in range(180)),
]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/", "/nothing"])
def test_every_other_name_is_refused_on_every_route(path: str) -> None:
    assert len(STRANGERS) >= 200
    answers = {host: get(path, host)[0] for host in STRANGERS}
    assert {host: status for host, status in answers.items() if status != 421} == {}
    assert ASKED == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_only_get(method: str) -> None:
    assert get(method=method)[0] == 405
    assert ASKED == []


REFUSED = [
    ("GET /livez HTTP/1.1", 400),
    ("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nHost: evil.example", 400),
    ("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nContent-Length: 5", 413),
    ("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nTransfer-Encoding: chunked", 413),
    ("GET http://evil.example/livez HTTP/1.1\r\nHost: 127.0.0.1:9464", 400),
    ("GET /livez HTTP/2.0\r\nHost: 127.0.0.1:9464", 400),
    ("GET /livez\r\nHost: 127.0.0.1:9464", 400),
    ("GET /liv ez HTTP/1.1\r\nHost: 127.0.0.1:9464", 400),
    ("get /livez HTTP/1.1\r\nHost: 127.0.0.1:9464", 400),
    ("GET /livez HTTP/1.1\r\n Host: 127.0.0.1:9464", 400),
    ("GET /livez HTTP/1.1\r\nHost : 127.0.0.1:9464", 400),
    ("GET /livez HTTP/1.1\nHost: 127.0.0.1:9464", 400),
    ("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nX: a\x00b", 400),
    ("", 400),
]


@pytest.mark.parametrize(("head", "status"), REFUSED)
def test_what_is_odd_is_refused_before_any_page_is_asked(head: str, status: int) -> None:
    assert ask(head)[0] == status
    assert ASKED == []


@given(st.binary(max_size=300))
def test_no_bytes_get_a_page_or_break_it(head: bytes) -> None:
    assert ask(head)[0] in {400, 405, 413, 421}
    assert ASKED == []


def test_no_answer_may_be_kept_framed_or_taken_for_something_else() -> None:
    raw = answer_to(b"GET /livez HTTP/1.1\r\nHost: localhost:9464", NAMES, page)
    head = raw.partition(END)[0].decode().split("\r\n")
    assert {
        "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    } <= set(head)
    assert not [line for line in head if line.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464", "example.org:9464", ":9464", "127.0.0.1:x"],
)
def test_an_address_that_others_reach_is_refused(text: str) -> None:
    with pytest.raises(NotOurs, match="not an address of this machine alone") as caught:
        read_address(text)
    assert "127.0.0.1:9464" in caught.value.remedy


def test_a_port_that_somebody_has_is_named() -> None:
    first = listen_at(read_address("127.0.0.1:0"))
    text = f"127.0.0.1:{first.getsockname()[1]}"
    with pytest.raises(NotOurs, match=f"nothing can listen at {text}: address already in use"):
        listen_at(read_address(text))
    first.close()
