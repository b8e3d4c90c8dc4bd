"""One HTTP request, held against what is allowed: GET, no body, and our own name as the host.

Every refusal is decided before any page is: what the request asks for is looked at last.
"""

import re
from collections.abc import Callable
from http import HTTPStatus

from bot.health.pages import Answer

HEAD_MAX = 8192
"""Bytes of a request line and its headers."""

END = b"\r\n\r\n"

_LINE = re.compile(r"([A-Z]{1,16}) (/[!-~]{0,1000}) HTTP/1\.[01]")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~\t]*)")


def answer_to(head: bytes, names: frozenset[str], page: Callable[[str], Answer]) -> bytes:
    """What is sent back for a request whose head is ``head``, without its empty line."""
    found = refusal(head, names)
    if found is None:
        path = head.split(b" ", 2)[1].decode("ascii").partition("?")[0]
        found = page(path)
    return response(found)


def refusal(head: bytes, names: frozenset[str]) -> Answer | None:
    """Why the request is refused; None where the page that it names may be asked."""
    first, *rest = head.decode("latin-1").split("\r\n")
    line = _LINE.fullmatch(first)
    headers = [_HEADER.fullmatch(each) for each in rest]
    if line is None or None in headers:
        return Answer(400, "this is no HTTP request\n")
    values: dict[str, list[str]] = {}
    for header in headers:
        assert header is not None, "looked at just now"
        values.setdefault(header[1].lower(), []).append(header[2].strip())
    if len(hosts := values.get("host", [])) != 1:
        return Answer(400, "name one host\n")
    if hosts[0].lower() not in names:
        return Answer(421, "this host is not served here\n")
    if line[1] != "GET":
        return Answer(405, "only GET\n")
    if "transfer-encoding" in values or set(values.get("content-length", [])) - {"0"}:
        return Answer(413, "no body\n")
    return None


def response(answer: Answer) -> bytes:
    """An answer with its headers. The connection ends with it."""
    body = answer.body.encode()
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(body)}",
        *(("Allow: GET",) if answer.status == HTTPStatus.METHOD_NOT_ALLOWED else ()),
        "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy: same-origin",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return "\r\n".join(head).encode("ascii") + END + body
