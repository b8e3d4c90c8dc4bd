"""The link itself: TLS that is checked, answers that end in time, proxies, packed and odd ones."""

import gzip
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from alpaca_bench import QUOTES, Alpaca, Clock, standin
from requests import Session
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import KEY_ID, AlpacaServer
from standins.faults import Fault, says

from brokers.alpaca.link import BODY_MAX, CONNECT_SECONDS, Link
from brokers.broker import BadAnswer, Misconfigured, Unreachable


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl is needed to make a certificate; apt install openssl"
    words = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    )
    command = [openssl, *words.split(), "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
    return cert, key


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[Alpaca]:
    """The stand-in behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with standin(tls=context) as made:
        assert made.server.url.startswith("https://")
        yield made


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Alpaca) -> None:
    with pytest.raises(Misconfigured, match="its certificate is not trusted"):
        secure.open().clock()
    assert secure.server.exchanges == []


def test_over_tls_an_answer_has_the_same_deadlines(
    secure: Alpaca, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    broker = secure.open()
    assert broker.clock().is_open
    for fault in (
        Fault("GET", "/v2/clock", drip_seconds=0.02),
        Fault("GET", "/v2/clock", hangs=True),
        Fault("GET", "/v2/clock", cut_at=150),
        Fault("GET", "/v2/clock", cut_at=0),
    ):
        secure.server.faults.tell(fault)
        with pytest.raises(Unreachable):
            broker.clock()
    assert broker.clock().is_open


def test_a_body_that_drips_is_left_in_time(alpaca: Alpaca) -> None:
    slow = Fault("GET", "/v2/account", drip_seconds=0.01, drips_from=500)
    alpaca.server.faults.tell(slow)
    broker = alpaca.open()
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        broker.account()
    assert time.monotonic() - begun < 4


def test_an_answer_without_end_is_left(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(says("GET", "/v2/clock", b" " * (BODY_MAX + 1)))
    broker = alpaca.open(timeout_seconds=5)
    with pytest.raises(Unreachable):
        broker.clock()
    assert broker.clock().is_open


def test_a_packed_answer_is_unpacked_and_a_broken_one_is_not_believed(alpaca: Alpaca) -> None:
    packed = Fault("GET", "/v2/clock", rewrite=gzip.compress, head="Content-Encoding: gzip\r\n")
    alpaca.server.faults.tell(packed)
    broker = alpaca.open()
    assert broker.clock().is_open
    broken = Fault("GET", "/v2/clock", head="Content-Encoding: gzip\r\n")
    alpaca.server.faults.tell(broken)
    with pytest.raises(Unreachable):
        broker.clock()


def test_a_redirect_is_not_followed_with_our_keys(alpaca: Alpaca) -> None:
    with AlpacaServer(AlpacaModel(Clock().now, dict(QUOTES))) as elsewhere:
        head = f"Location: {elsewhere.url}/v2/clock\r\n"
        alpaca.server.faults.tell(Fault("GET", "/v2/clock", status=302, head=head))
        with pytest.raises(BadAnswer, match="sends us elsewhere"):
            alpaca.open().clock()
        assert elsewhere.headers == []


def test_a_proxy_of_the_environment_is_used_with_the_same_deadlines(
    alpaca: Alpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", alpaca.server.url)
    monkeypatch.setenv("NO_PROXY", "")
    link = Link(0.3, time.monotonic)
    alpaca.server.faults.tell(Fault("GET", "/v2/clock", drip_seconds=0.02))
    # How far the head has dripped by then decides what it looks like: a line that ends too soon
    # (a busy machine), or a head without an end.
    with pytest.raises(OSError, match=r"cut off|ProtocolError"):
        link.get("http://alpaca.invalid/v2/clock")
    link.close()


def test_a_plain_session_would_wait_for_a_drip_to_its_end(alpaca: Alpaca) -> None:
    alpaca.server.faults.tell(Fault("GET", "/v2/clock", drip_seconds=0.005))
    told: list[int] = []

    def ask() -> None:
        headers = {"APCA-API-KEY-ID": KEY_ID}
        told.append(
            Session().get(f"{alpaca.server.url}/v2/clock", headers=headers, timeout=0.3).status_code
        )

    waiting = Thread(target=ask)
    waiting.start()
    waiting.join(timeout=0.6)
    assert waiting.is_alive(), "twice its time-out is over"
    waiting.join(timeout=10)
    assert told == [401]


@contextmanager
def a_handshake_that_drips() -> Iterator[int]:
    """A port at which TLS begins, byte by byte, and never gets on: the head of a long record."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = Event()

        def serve() -> None:
            with suppress(OSError):
                link, _ = listening.accept()
                with link:
                    link.recv(4096)
                    for byte in b"\x16\x03\x03\x3f\xff" + b"\x02" * 500:
                        link.send(bytes([byte]))
                        if over.wait(0.1):
                            return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join(2)


def test_a_handshake_that_drips_is_cut_off_in_time(alpaca: Alpaca) -> None:
    """Each byte would give it three seconds more, and there are five hundred."""
    with a_handshake_that_drips() as port:
        url = f"https://127.0.0.1:{port}"
        broker = alpaca.open(trading_url=url, data_url=url)
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="the link failed"):
            broker.clock()
        assert time.monotonic() - begun < CONNECT_SECONDS + 2
