"""Mail servers on loopback: real ones, with TLS and passwords, and ones that do what they must not.

The good ones are aiosmtpd. A bad one follows a script of answers, a line or a deed for each line
that the client sends.
"""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "trimtab"
PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for one test


@dataclass
class Inbox:
    """What a server took, and the addresses and mails that it does not take."""

    taken: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    turned_away: frozenset[str] = frozenset()
    answer_to_data: str = "250 OK"

    async def handle_RCPT(  # noqa: N802 - named and called so by aiosmtpd
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take the address, or turn it away."""
        if address in self.turned_away:
            return "550 no such person here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - named so by aiosmtpd
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,
    ) -> str:
        """Keep the mail."""
        if self.answer_to_data.startswith("250"):
            self.taken.append(envelope)
            self.sessions.append(session)
        return self.answer_to_data


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost that signs itself, and its key."""

    cert: Path
    key: Path

    def server_side(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    """Sign a certificate with openssl, good for a day."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl is needed to make a certificate; apt install openssl"
    words = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    )
    command = [openssl, *words.split(), "-keyout", str(made.key), "-out", str(made.cert)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
    return made


def _knows(
    server: SMTP,  # noqa: ARG001
    session: Session,  # noqa: ARG001
    envelope: Envelope,  # noqa: ARG001
    mechanism: str,  # noqa: ARG001
    auth_data: LoginPassword,
) -> AuthResult:
    good = auth_data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


class _AnyPort(Controller):
    """A controller that learns its port from the system."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def starttls_server(inbox: Inbox, certificate: Certificate, *, auth: bool) -> Iterator[int]:
    """Plain at first, then TLS; wants the password where ``auth``. Yields the port."""
    controller = _AnyPort(
        inbox,
        hostname="127.0.0.1",
        port=0,
        tls_context=certificate.server_side(),
        require_starttls=True,
        authenticator=_knows,
        auth_required=auth,
        auth_require_tls=True,
    )
    with _running(controller) as port:
        yield port


@contextmanager
def tls_server(inbox: Inbox, certificate: Certificate) -> Iterator[int]:
    """TLS from the first byte, and a password."""
    controller = _AnyPort(
        inbox,
        hostname="127.0.0.1",
        port=0,
        ssl_context=certificate.server_side(),
        authenticator=_knows,
        auth_required=True,
        auth_require_tls=False,
    )
    with _running(controller) as port:
        yield port


@contextmanager
def plain_server(inbox: Inbox) -> Iterator[int]:
    """Neither TLS nor a password."""
    with _running(_AnyPort(inbox, hostname="127.0.0.1", port=0)) as port:
        yield port


@contextmanager
def _running(controller: Controller) -> Iterator[int]:
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


HANG = "hang"
DROP = "drop"


@contextmanager
def scripted_server(script: Sequence[str]) -> Iterator[int]:
    """Answers each line of the client with the next of ``script``, ``HANG`` and ``DROP`` included.

    The first of ``script`` is the greeting. Lines between DATA's 354 and the lone dot are one.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()
        thread = threading.Thread(target=_play, args=(listener, script, ended))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(10)
            assert not thread.is_alive()


def _play(listener: socket.socket, script: Sequence[str], ended: threading.Event) -> None:
    link, _ = listener.accept()
    with link, link.makefile("rb") as lines:
        for answer in script:
            if answer == HANG:
                ended.wait(10)
                return
            if answer == DROP:
                return
            link.sendall(f"{answer}\r\n".encode())
            _hear(lines.readline, until_dot=answer.startswith("354"))
        ended.wait(10)


def _hear(readline: Callable[[], bytes], *, until_dot: bool) -> None:
    while True:
        line = readline()
        if not line or not until_dot or line == b".\r\n":
            return
