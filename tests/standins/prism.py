"""A judge between the Alpaca adapter and its stand-in: Prism, with Alpaca's own OpenAPI files.

A plugin for pytest (``-p standins.prism --specs FOLDER --prism PROGRAM``; ``make prism``). Every
stand-in of the run is put behind one address. What is asked there goes through a proxy for its
interface, which lets it pass and tells in a header what the specification refuses in the request
or in the answer. The run fails on anything refused that ``WAIVED`` does not name, and where the
judge itself passes what it must not.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket
from tempfile import TemporaryFile
from threading import Thread
from time import monotonic
from typing import IO

import pytest

from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import KEY_ID, SEAT, SECRET_KEY, AlpacaServer

INTERFACES = {"trading": "alpaca-trading.json", "data": "alpaca-market-data.json"}
DATA = "/v2/stocks"
KEPT = {"apca-api-key-id", "apca-api-secret-key", "content-type", "accept"}
"""Headers that are passed on to the judge; the others are about one connection."""
START_SECONDS = 120.0
"""How long a judge may take until it listens; two seconds where nothing else runs."""
ANSWER_SECONDS = 60.0

WAIVED = {
    ("/v2/orders:by_client_order_id", 404, "response"): (
        "an order that is not there: the file knows no other answer than 200, Alpaca says 404"
    ),
    ("/v2beta1/events/activities", 200, "response.body"): (
        "a stream of events: the file describes it as a list, which no such stream is"
    ),
}
"""What is refused and right all the same, by path, status and place; and why."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that the specification does not allow, and the test that said it."""

    test: str
    method: str
    path: str
    status: int
    place: str
    code: str
    words: str

    def waiver(self) -> str | None:
        """Why it is right all the same, or None."""
        return WAIVED.get((self.path, self.status, self.place))

    def __str__(self) -> str:
        return (
            f"{self.method} {self.path} {self.status}: {self.place} {self.code}: {self.words}"
            f" [{self.test}]"
        )


@dataclass(slots=True)
class Court:
    """The judges, and all that they have said."""

    ports: dict[str, int]
    processes: list[subprocess.Popen[bytes]]
    logs: list[IO[bytes]]
    front: ThreadingHTTPServer | None = None
    test: str = ""
    judged: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)

    def sue(self, method: str, path: str, status: int, told: str | None) -> None:
        """Take down what a judge said of one exchange."""
        bare = path.split("?", maxsplit=1)[0]
        self.judged[f"{method} {bare}"] += 1
        for each in json.loads(told or "[]"):
            place = ".".join(str(part) for part in each.get("location", ()))
            words = each.get("code", ""), each.get("message", "")
            self.refused.append(Refused(self.test, method, bare, status, place, *words))

    def wrong(self) -> list[Refused]:
        """What is refused and not waived."""
        return [each for each in self.refused if each.waiver() is None]

    def close(self) -> None:
        """End the judges."""
        if self.front is not None:
            self.front.shutdown()
            self.front.server_close()
        for process in self.processes:
            process.terminate()
            process.wait()
        for log in self.logs:
            log.close()


class _Front(BaseHTTPRequestHandler):
    """Passes a request on to the judge of its interface, and the answer back."""

    protocol_version = "HTTP/1.1"
    court: Court

    def do_GET(self) -> None:
        if self.headers.get("Upgrade"):  # a stream over a socket: the files describe none
            self.send_error(HTTPStatus.NOT_IMPLEMENTED)
        else:
            self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _pass_on(self) -> None:
        port = self.court.ports["data" if self.path.startswith(DATA) else "trading"]
        judge = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {name: value for name, value in self.headers.items() if name.lower() in KEPT}
        judge.request(self.command, self.path, body or None, kept)
        answer = judge.getresponse()
        told = answer.read()
        self.court.sue(self.command, self.path, answer.status, answer.headers.get("sl-violations"))
        judge.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Until a judge listens."""
    end = monotonic() + START_SECONDS
    while monotonic() < end and process.poll() is None:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    log.seek(0)
    raise pytest.UsageError(f"the judge does not listen:\n{log.read().decode()[-2000:]}")


def seat(program: Path, specs: Path) -> Court:
    """Start one judge for each interface, and the address in front of them."""
    SEAT.port = free_port()
    court = Court({}, [], [])
    for name, file in INTERFACES.items():
        if not (specs / file).is_file():
            raise pytest.UsageError(f"there is no {file} in {specs}; Alpaca publishes it")
        log, port = TemporaryFile(), free_port()  # noqa: SIM115 - closed with the court
        upstream = f"http://127.0.0.1:{SEAT.port}"
        command = [program, "proxy", specs / file, upstream, "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603
        court.ports[name] = port
        court.processes.append(process)
        court.logs.append(log)
    for port, process, log in zip(court.ports.values(), court.processes, court.logs, strict=True):
        wait_for(port, process, log)
    court.front = ThreadingHTTPServer(("127.0.0.1", 0), type("Front", (_Front,), {"court": court}))
    court.front.daemon_threads = True
    Thread(target=court.front.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    SEAT.url = f"http://127.0.0.1:{court.front.server_port}"
    return court


WRONG = {
    "request.query.nested": ("GET", "/v2/orders?nested=True", None),
    "request.body.qty": (
        "POST",
        "/v2/orders",
        b'{"symbol": "KO", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}',
    ),
    "response.body.symbol": ("GET", "/v2/assets/KO", None),
}
"""What must be refused, by the place that is refused: the last is an answer without a symbol."""


def assert_awake(court: Court) -> None:
    """Say what is wrong, and see that it is refused."""
    from datetime import UTC, datetime
    from decimal import Decimal

    from standins.faults import Fault

    thursday = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
    model = AlpacaModel(lambda: thursday, {"KO": (Decimal("49.99"), Decimal(50))})
    keys = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET_KEY}
    with AlpacaServer(model) as server:
        nameless = Fault("GET", "/v2/assets", rewrite=lambda b: b.replace(b'"KO"', b"17"))
        server.faults.tell(nameless)
        for place, (method, path, body) in WRONG.items():
            court.refused.clear()
            front = HTTPConnection(SEAT.url.removeprefix("http://"), timeout=ANSWER_SECONDS)
            front.request(method, path, body, {**keys, "Content-Type": "application/json"})
            front.getresponse().read()
            front.close()
            if place not in {each.place for each in court.refused}:
                raise pytest.UsageError(f"the judge sleeps: {place} was wrong; {court.refused}")
    court.refused.clear()
    court.judged.clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the judge and the law are."""
    group = parser.getgroup("prism")
    group.addoption("--specs", type=Path, required=True, help="folder of Alpaca's OpenAPI files")
    group.addoption("--prism", type=Path, required=True, help="Prism's program")


class Judging:
    """What happens around the tests."""

    def __init__(self, court: Court) -> None:
        """Listen to ``court``."""
        self.court = court

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Remember which test speaks."""
        self.court.test = item.name
        return (yield)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail where something was refused, or where nothing was judged."""
        if self.court.wrong() or not self.court.judged:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was judged, what was waived, and what is wrong."""
        court, write = self.court, terminalreporter.write_line
        write(f"{court.judged.total()} exchanges judged by Alpaca's specification")
        for why, times in Counter(filter(None, (r.waiver() for r in court.refused))).items():
            write(f"  waived {times} times: {why}")
        for words in sorted({str(each) for each in court.wrong()}):
            write(f"  REFUSED {words}")

    def pytest_unconfigure(self) -> None:
        """End the judges."""
        self.court.close()


def pytest_configure(config: pytest.Config) -> None:
    """Seat the judges, and see that they are awake."""
    court = seat(config.getoption("--prism"), config.getoption("--specs"))
    try:
        assert_awake(court)
    except BaseException:
        court.close()
        raise
    config.pluginmanager.register(Judging(court))
