"""The dead man's switch: what arrives, what does not, and that nobody ever waits for it."""

import logging
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ping_hosts import OK, Deed, Host, cuts, drips, hangs, says

from bot.health.ping import AGAIN_SECONDS, NoPing, Pinger, Target, read_target, send
from tests.bot.alerts.mailservers import make_certificate

SECONDS = 20.0
TOKEN = "c4nary-5bf66975-d4c7"  # noqa: S105 - of a host that lives for one test


def target(host: Host) -> Target:
    return read_target(f"http://127.0.0.1:{host.port}/ping/{TOKEN}")


def test_a_ping_a_start_and_a_failure() -> None:
    with Host(OK).listening() as host:
        send(target(host))
        send(target(host), "/start")
        send(target(host), "/fail", "main has stood still")
        assert [host.heard.get(timeout=SECONDS) for _ in "abc"] == [
            f"GET /ping/{TOKEN}",
            f"GET /ping/{TOKEN}/start",
            f"POST /ping/{TOKEN}/fail main has stood still",
        ]


BAD: list[tuple[str, Deed, str]] = [
    ("elsewhere", says(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n"), "302"),
    ("not found", says(b"HTTP/1.1 404 Not Found\r\n\r\n"), "404"),
    ("broken", says(b"HTTP/1.1 500 Oops\r\n\r\n"), "500"),
    ("no HTTP", says(b"220 mail.example ESMTP\r\n"), "nothing that is HTTP"),
    ("odd status", says(b"HTTP/1.1 2000 OK\r\n\r\n"), "nothing that is HTTP"),
    ("empty", says(b""), "nothing that is HTTP"),
    ("endless line", says(b"H" * 100_000), "nothing that is HTTP"),
    ("reset", cuts, "answered|reset"),
]


@pytest.mark.parametrize(("_name", "deed", "said"), BAD, ids=[row[0] for row in BAD])
def test_what_is_no_yes_is_a_no(_name: str, deed: Deed, said: str) -> None:
    with Host(deed).listening() as host:
        with pytest.raises(NoPing, match=said) as caught:
            send(target(host))
        assert TOKEN not in f"{caught.value} {caught.value!r} {target(host)!r}"
        assert host.heard.get(timeout=SECONDS) == f"GET /ping/{TOKEN}"
        assert host.heard.empty()  # nothing was followed or tried again


@pytest.mark.parametrize("deed", [hangs, drips])
def test_who_hangs_or_drips_is_left_in_time(deed: Deed) -> None:
    with Host(deed).listening() as host:
        begun = time.monotonic()
        with pytest.raises(NoPing):
            send(target(host), seconds=0.5)
        assert time.monotonic() - begun < 5


def test_nobody_there() -> None:
    with Host(OK).listening() as host:
        gone = target(host)
    with pytest.raises(NoPing, match="was not reached: Connection refused"):
        send(gone, seconds=5)


def test_tls_is_checked(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    with Host(OK, made.server_side()).listening() as host:
        safe = read_target(f"https://localhost:{host.port}/ping/{TOKEN}")
        with pytest.raises(NoPing, match="certificate"):
            send(safe)
        trusting = ssl.create_default_context(cafile=made.cert)
        send(replace(safe, context=trusting))
        assert host.heard.get(timeout=SECONDS) == f"GET /ping/{TOKEN}"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/ping/1",
        "http://192.168.1.4/ping/1",
        "http://127.0.0.1.example.org/ping",
        "ftp://127.0.0.1/x",
        "https:///x",
        "https://me:pw@example.org/x",
        "https://example.org:99999/x",
        "https://example.org/x\r\nHost: evil",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_none_of_ours_to_ask_is_refused(url: str) -> None:
    with pytest.raises(NoPing, match=r"watch\.ping_url"):
        read_target(url)


class Watch:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_pings_keep_their_distance_and_trouble_is_told_at_once() -> None:
    watch = Watch()
    with Host(OK).listening() as host:
        pinger = Pinger(target(host), 60, watch)
        with pinger.running():
            pinger.began()
            assert host.heard.get(timeout=SECONDS).endswith("/start")
            pinger.alive()
            assert host.heard.get(timeout=SECONDS) == f"GET /ping/{TOKEN}"
            for _ in range(14):
                watch.seconds += 4
                pinger.alive()
            assert host.heard.empty()
            pinger.trouble("main has stood still for 181 s")
            assert host.heard.get(timeout=SECONDS).endswith("/fail main has stood still for 181 s")
            pinger.trouble("main has stood still for 185 s")
            assert host.heard.empty()
            watch.seconds += 60
            pinger.trouble("main has stood still for 245 s")
            assert host.heard.get(timeout=SECONDS).endswith("for 245 s")
            watch.seconds += 60
            pinger.alive()
            assert host.heard.get(timeout=SECONDS) == f"GET /ping/{TOKEN}"


def test_a_ping_that_failed_is_tried_again_soon_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "trimtab.ping")
    watch, answers = Watch(), [500, 500, 200]

    def deed(link: object) -> None:
        says(b"HTTP/1.1 %d Hm\r\n\r\n" % answers.pop(0))(link)  # type: ignore[arg-type]

    with Host(deed).listening() as host:
        pinger = Pinger(target(host), 3600, watch)
        with pinger.running():
            end = time.monotonic() + SECONDS
            while answers and time.monotonic() < end:
                pinger.alive()
                watch.seconds += AGAIN_SECONDS
                threading.Event().wait(0.05)
            while "hears us again" not in caplog.text and time.monotonic() < end:
                threading.Event().wait(0.01)
    assert caplog.text.count("the dead man's switch was not told") == 1
    assert "hears us again" in caplog.text
    assert TOKEN not in caplog.text


def test_nobody_waits_for_a_host_that_hangs() -> None:
    with Host(hangs).listening() as host:
        pinger = Pinger(target(host), 0)
        with pinger.running():
            begun = time.monotonic()
            for number in range(10_000):
                pinger.alive()
                pinger.trouble(f"trouble {number}")
            assert time.monotonic() - begun < 3
        assert time.monotonic() - begun < 3
