"""No secret in any file, log, row, mail, page or error, whatever goes wrong.

Canaries in the place of every secret, hosts that repeat whatever they are sent, real processes;
then every byte that was written anywhere is searched.
"""

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from canary_hosts import echoing_broker, echoing_mail_server
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from bot.book.book import Book
from bot.daemon.clock import SystemClock
from brokers.words import AccountId, Environment

SECONDS = 40.0
CANARIES = {
    "alpaca_key_id": "PKC4NARYKEYID0000001",
    "alpaca_secret_key": "c4nary+secret/key=0123456789abcdef0123",
    "smtp_password": "c4nary smtp pass&word",
    "ibkr_flex_token": "c4naryflextoken00112233",
    "ibkr_flex_query": "7654321",
    "ping": "http://127.0.0.1:{port}/ping/c4nary-ping-token-5bf66975",
    "chat": "json://127.0.0.1:{port}/c4nary-chat-token-99887766",
}

CONFIG = """
secrets = "secrets.toml"
[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
username = "me@example.org"
from = "me@example.org"
to = ["me@example.org"]
notify = ["secret:chat"]
[watch]
ping_url = "secret:ping"
ping_seconds = 10
listen = "127.0.0.1:{pages}"
[log]
folder = "log"
level = "debug"
[accounts.growth]
broker = "alpaca"
[accounts.growth.alpaca]
trading_url = "http://127.0.0.1:{broker}"
data_url = "http://127.0.0.1:{broker}"
[accounts.growth.target.weights]
AAPL = 0.5
MSFT = 0.5
[accounts.income]
broker = "ibkr"
[accounts.income.ibkr]
port = {tws}
flex = "ibkr"
flex_url = "http://127.0.0.1:{broker}/flex"
[accounts.income.target.weights]
AAPL = 0.5
MSFT = 0.5
"""
QUOTES = {"AAPL": (Decimal(70), Decimal("70.02")), "MSFT": (Decimal(150), Decimal("150.02"))}


def forms(secret: str) -> set[bytes]:
    """The ways in which a secret could stand in a file."""
    texts = {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
    for ahead in ("a", "ab", "abc"):  # a part of what is encoded: the signs that are its alone
        texts.add(base64.b64encode(f"{ahead}{secret}".encode()).decode()[4:].rstrip("=")[:-1])
    return {text.encode() for text in texts}


def run(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(  # noqa: S603 our own code
        [sys.executable, "-X", "faulthandler", "-m", "bot", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root), "TRIMTAB_CONFIG": "config.toml"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def page(port: int, path: str) -> bytes:
    """A page of the daemon; empty while it is not up."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path)
        return link.getresponse().read()
    except OSError:
        return b""
    finally:
        link.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def set_up(folder: Path, broker: int, **ports: int) -> dict[str, str]:
    secrets = {name: text.format(port=broker) for name, text in CANARIES.items()}
    kept = folder / "secrets.toml"
    kept.touch(mode=0o600)
    kept.write_text("".join(f'{name} = "{text}"\n' for name, text in secrets.items()))
    (folder / "config.toml").write_text(CONFIG.format(broker=broker, **ports))
    with Book.open(folder / "trimtab.db", upgrade=True) as book:  # a run that died is told by mail
        account = AccountId("growth")
        book.bind(account, "alpaca", Environment.PAPER, "P-1")
        book.begin_run(account, "2026-11-25/open+15m", SystemClock().now())
    return secrets


@pytest.mark.timeout(200)
def test_no_canary_is_in_anything_that_was_written(tmp_path: Path) -> None:
    pages = free_port()
    with (
        echoing_broker() as (broker, asked),
        echoing_mail_server() as (mail, told),
        TwsServer(TwsModel(SystemClock().now, QUOTES)) as tws,
    ):
        secrets = set_up(tmp_path, broker, mail=mail, pages=pages, tws=tws.port)
        said: dict[str, bytes] = {}
        for words in (
            ("check",),
            ("--debug", "plan"),
            ("plan", "--json"),
            ("--debug", "plan", "--account", "income"),
        ):
            out, err = run(tmp_path, *words).communicate(timeout=SECONDS)
            said[f"stdout of {words}"], said[f"stderr of {words}"] = out, err
        daemon = run(tmp_path, "run")
        try:
            end = time.monotonic() + SECONDS
            while not (told_mail := len(told) > 1) or b"500" not in page(pages, "/readyz"):
                assert daemon.poll() is None, daemon.communicate()[1].decode()
                assert time.monotonic() < end, (told_mail, page(pages, "/readyz"))
            for path in ("/livez", "/readyz", "/metrics", "/c4nary"):
                said[path] = page(pages, path)
            daemon.send_signal(signal.SIGTERM)
            said["stdout of run"], said["stderr of run"] = daemon.communicate(timeout=SECONDS)
        finally:
            daemon.kill()
            daemon.wait()
    assert all(secret in "".join((*asked, *told)) for secret in _used(secrets)), "none was sent"
    written = {
        str(path): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "secrets.toml"
    }
    assert any(path.endswith(".log") for path in written)
    assert b"500" in said["stderr of ('check',)"] + said["stdout of ('check',)"]
    assert b"535" in written[str(tmp_path / "trimtab.db")] + b"".join(written.values())
    leaks = {
        (place, name)
        for place, text in {**written, **said}.items()
        for name, secret in secrets.items()
        for form in forms(secret)
        if form in text
    }
    tokens = {(p, "token") for p, text in {**written, **said}.items() if b"c4nary-" in text}
    assert leaks | tokens == set()


def _used(secrets: dict[str, str]) -> list[str]:
    """What the hosts must have been sent, else nothing was put to the test."""
    names = ("alpaca_key_id", "alpaca_secret_key", "smtp_password", "ibkr_flex_token")
    return [*(secrets[name] for name in names), "/ping/c4nary-ping-token", "/c4nary-chat-token"]
