"""Push through apprise to a real HTTP server on loopback."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bot.alerts.mails import drift_warning
from bot.alerts.post import NotSent
from bot.alerts.push import AppriseChannel
from bot.book.rows import Mail
from tests.bot.report.plans import NOW, D, rebalance

pytestmark = pytest.mark.filterwarnings(
    "ignore:'imghdr' is deprecated:DeprecationWarning"  # apprise 2.2 on Python 3.11 and 3.12
)


class Chat(HTTPServer):
    """Keeps what is posted to it and answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[dict[str, Any]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.posted.append(json.loads(self.rfile.read(length)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def url(chat: Chat) -> str:
    return f"json://user:hush@127.0.0.1:{chat.server_port}/"


@pytest.fixture(scope="module")
def mail() -> Mail:
    made = drift_warning(rebalance(), D("0.03"))
    assert made is not None
    return made


def test_subject_and_first_lines_arrive(chat: Chat, mail: Mail) -> None:
    assert AppriseChannel([url(chat)]).send(mail) == ""
    (posted,) = chat.posted
    assert posted["title"] == mail.subject
    assert posted["message"].startswith("VTI is +5.00 pt from its target")
    assert len(posted["message"]) <= 900


def test_a_chat_that_refuses_is_named_without_its_secret(chat: Chat, mail: Mail) -> None:
    chat.status = 500
    with pytest.raises(NotSent, match=r"push to mail.notify no. 1 \(json\) was not taken") as told:
        AppriseChannel([url(chat)]).send(mail)
    assert "hush" not in told.value.why


def test_a_url_that_is_none_is_named_by_its_place(chat: Chat, mail: Mail) -> None:
    channel = AppriseChannel([url(chat), "nonsense hush"])
    with pytest.raises(NotSent, match=r"mail.notify no. 2 \(no scheme\) is not a URL") as told:
        channel.send(mail)
    assert "hush" not in told.value.why
    assert "hush" not in repr(channel)


def test_without_apprise_it_says_what_to_install(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed
    with pytest.raises(NotSent, match=r"pip install 'trimtab\[notify\]'"):
        AppriseChannel(["json://localhost"]).send(mail)


def test_a_text_without_paragraphs_is_cut(chat: Chat) -> None:
    long = Mail("m", "PAPER/a/b/c", NOW, "info", "subject", "x" * 2000)
    AppriseChannel([url(chat)]).send(long)
    assert chat.posted[0]["message"] == "x" * 900
