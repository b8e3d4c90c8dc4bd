"""Hosts that give away whatever they are sent: the worst that a broker or a mail server can do.

A broker that answers each request with its headers and its address as a page of HTML, a service
of statements that puts them into its error, and a mail server that repeats the password that it
refuses.
"""

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from typing_extensions import override

NO_STATEMENT = (
    "<FlexStatementResponse><Status>Fail</Status><ErrorCode>1015</ErrorCode>"
    "<ErrorMessage>Token is invalid: {}</ErrorMessage></FlexStatementResponse>"
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: list[str]


class _Echo(BaseHTTPRequestHandler):
    """Answers with an error that holds all of the request."""

    server: _Server

    def _answer(self) -> None:
        told = f"{self.command} {self.path}\n{self.headers}"
        self.server.seen.append(told)
        if "/SendRequest" in self.path:
            self._say(200, "text/xml", NO_STATEMENT.format(escape(unquote(told))).encode())
            return
        body = f"<html><h1>500 Oops</h1><pre>{told}</pre></html>".encode()
        self._say(500, "text/html", body)

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - named so by the library

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def echoing_broker() -> Iterator[tuple[int, list[str]]]:
    """Its port, and what it was sent."""
    with _Server(("127.0.0.1", 0), _Echo) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port, server.seen
        finally:
            server.shutdown()
            thread.join()


class _Mail(socketserver.StreamRequestHandler):
    """Refuses every password, and says which it was."""

    server: "_MailServer"

    @override
    def handle(self) -> None:
        self.wfile.write(b"220 mail ready\r\n")
        for line in self.rfile:
            word = line.strip().decode("ascii", "replace")
            if word.upper().startswith("EHLO"):
                answer = "250-mail\r\n250 AUTH PLAIN"
            elif word.upper().startswith("AUTH PLAIN"):
                told = base64.b64decode(word.split()[-1]).decode().replace("\0", " ")
                self.server.seen.append(told)
                answer = f"535 5.7.8 no: {told} / {word}"
            else:
                answer = "221 bye" if word.upper() == "QUIT" else "250 ok"
            self.wfile.write(f"{answer}\r\n".encode())


class _MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    seen: list[str]


@contextmanager
def echoing_mail_server() -> Iterator[tuple[int, list[str]]]:
    """Its port, and what it was told."""
    with _MailServer(("127.0.0.1", 0), _Mail) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1], server.seen
        finally:
            server.shutdown()
            thread.join()
