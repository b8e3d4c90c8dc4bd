"""A stand-in for IB's Flex Web Service: a statement is asked for, gets a number, is fetched."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

TOKEN, QUERY = "414243", "778899"
SECRETS = {"ibkr_flex_token": TOKEN, "ibkr_flex_query": QUERY}


def secret_of(name: str) -> str:
    """What the owner has put into the secrets file."""
    return SECRETS[name]


def statement(account: str, *sections: str) -> str:
    """A Flex statement of one account with these sections in it."""
    return (
        '<FlexQueryResponse queryName="trimtab" type="AF"><FlexStatements count="1">'
        f'<FlexStatement accountId="{account}" fromDate="20200101" toDate="20200311">'
        f"{''.join(sections)}</FlexStatement></FlexStatements></FlexQueryResponse>"
    )


def section(name: str, tag: str, *rows: dict[str, str]) -> str:
    """A section with a row for each of ``rows``."""
    told = (" ".join(f'{k}="{v}"' for k, v in row.items()) for row in rows)
    return f"<{name}>{''.join(f'<{tag} {row} />' for row in told)}</{name}>"


def deposit(account: str, amount: str, number: str = "1", at: str = "20200102;093000") -> str:
    """A statement's section with one deposit."""
    row = {
        "accountId": account, "currency": "USD", "type": "Deposits/Withdrawals",
        "amount": amount, "dateTime": at, "transactionID": number, "levelOfDetail": "DETAIL",
    }  # fmt: skip
    return section("CashTransactions", "CashTransaction", row)


def failure(code: int, words: str) -> str:
    """An answer that is no statement."""
    status = "Warn" if code == 1019 else "Fail"
    return (
        f"<FlexStatementResponse timestamp='12 March, 2020 11:00 AM EDT'><Status>{status}</Status>"
        f"<ErrorCode>{code}</ErrorCode><ErrorMessage>{words}</ErrorMessage></FlexStatementResponse>"
    )


@dataclass(slots=True)
class FlexServer:
    """Serves what ``xml`` tells at the time. ``faults`` are answered first, one at a time."""

    xml: Callable[[], str]
    waits: int = 0
    """How often a statement is not ready yet."""
    faults: list[tuple[int, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is written to the terminal."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/FlexWebService"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        verb = parts.path.rpartition("/")[2]
        self.asked.append(verb)
        if self.faults:
            status, body = self.faults.pop(0)
            return status, body.encode()
        return 200, self._said(verb, query).encode()

    def _said(self, verb: str, query: dict[str, str]) -> str:
        if query.get("t") != TOKEN:
            return failure(1015, "Token is invalid.")
        if verb == "SendRequest":
            if query.get("q") != QUERY:
                return failure(1014, "Query is invalid.")
            return (
                "<FlexStatementResponse timestamp='12 March, 2020 11:00 AM EDT'>"
                "<Status>Success</Status><ReferenceCode>1234567890</ReferenceCode>"
                f"<Url>{self.url}/GetStatement</Url></FlexStatementResponse>"
            )
        if self.waits:
            self.waits -= 1
            return failure(1019, "Statement generation in progress. Please try again shortly.")
        return self.xml()
