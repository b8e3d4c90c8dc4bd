"""What can be wrong with an account: a clear line of ``trimtab check``, and its remedy under it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from standins.alpaca_model import AlpacaModel
from standins.alpaca_server import KEY_ID, SECRET_KEY, AlpacaServer
from standins.faults import answer
from standins.tws_faults import error
from standins.tws_model import TwsModel
from standins.tws_server import TwsServer

from bot.cli.app import run

D = Decimal
ROOT = Path(__file__).resolve().parents[2]
QUOTES = {"AAPL": (D("69.98"), D("70.02")), "KO": (D("49.99"), D("50.00"))}


def wall() -> datetime:
    """The real time: the program has its own clock here."""
    return datetime.now(UTC)  # noqa: TID251


@dataclass
class Trial:
    """A stand-in, and the config and secrets of an account at it."""

    kind: str
    server: AlpacaServer | TwsServer
    account: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def alpaca(self) -> AlpacaServer:
        assert isinstance(self.server, AlpacaServer)
        return self.server

    @property
    def tws(self) -> TwsServer:
        assert isinstance(self.server, TwsServer)
        return self.server

    def config(self) -> str:
        def rows(table: dict[str, str]) -> str:
            return "".join(f"{key} = {value}\n" for key, value in table.items())

        return (
            f'[accounts.growth]\nbroker = "{self.kind}"\n{rows(self.account)}'
            f'[accounts.growth.target]\nstrategy = "equal"\nsymbols = ["AAPL", "KO"]\n'
            f"[accounts.growth.{self.kind}]\n{rows(self.settings)}"
        )

    def write(self, folder: Path) -> str:
        path = folder / "config.toml"
        path.write_text(self.config())
        path.chmod(0o600)
        return str(path)

    def environment(self) -> dict[str, str]:
        return {f"TRIMTAB_SECRET_{name.upper()}": value for name, value in self.secrets.items()}


@pytest.fixture
def trials() -> Iterator[Callable[[str], Trial]]:
    """An account that is in order, at the broker that is asked for."""
    with ExitStack() as stack:

        def make(kind: str) -> Trial:
            if kind == "alpaca":
                alpaca = stack.enter_context(AlpacaServer(AlpacaModel(wall, dict(QUOTES))))
                where = dict.fromkeys(("trading_url", "data_url"), f'"{alpaca.url}"')
                keys = {"alpaca_key_id": KEY_ID, "alpaca_secret_key": SECRET_KEY}
                return Trial(kind, alpaca, settings=where, secrets=keys)
            tws = stack.enter_context(TwsServer(TwsModel(wall, dict(QUOTES))))
            place = {"port": str(tws.port), "timeout_seconds": "2"}
            return Trial(kind, tws, settings=place)

        yield make


Break = Callable[[Trial], object]


def with_key(name: str, value: str) -> Break:
    return lambda trial: trial.secrets.update({name: value})


def live(trial: Trial) -> None:
    """The config says that it is real money, in another account."""
    trial.account |= {"environment": '"live"', "live_account": '"U7654321"'}
    if trial.kind == "alpaca":
        trial.secrets["alpaca_key_id"] = "AKLIVE"
        trial.alpaca.keys = ("AKLIVE", SECRET_KEY)


NO_SIP = b'{"message": "subscription does not permit querying recent SIP data"}'
WRONG: list[tuple[str, str, Break, str, str]] = [
    ("alpaca", "a key that is wrong", with_key("alpaca_secret_key", "s3cret-wrong"),
     "Alpaca answers 401", "check alpaca_key_id and alpaca_secret_key"),
    ("alpaca", "no key", lambda trial: trial.secrets.pop("alpaca_secret_key"),
     "the secret alpaca_secret_key is nowhere", "TRIMTAB_SECRET_ALPACA_SECRET_KEY"),
    ("alpaca", "a live key on the paper address", with_key("alpaca_key_id", "AKLIVE"),
     "is a key for LIVE accounts, but this account is PAPER", "those of one account"),
    ("alpaca", "the live address for a paper account",
     lambda trial: trial.settings.update(trading_url='"https://api.alpaca.markets"'),
     "trading_url is for LIVE accounts, but this account is PAPER", "those of one account"),
    ("alpaca", "another account", live,
     "names another live account than the broker states", "live_account in config.toml"),
    ("alpaca", "no permission for quotes",
     lambda trial: trial.alpaca.faults.tell(answer("GET", "/v2/stocks/quotes", 403, NO_SIP)),
     "subscription does not permit", "set feed and bars_feed"),
    ("alpaca", "nobody there", lambda trial: trial.alpaca.stop(),
     "Alpaca: the link failed", "it is tried again"),
    ("ibkr", "nobody there", lambda trial: trial.tws.go_down(),
     "nobody listens at 127.0.0.1", "start TWS or IB Gateway and log in"),
    ("ibkr", "a live account at a paper port",
     lambda trial: (live(trial), trial.settings.update(port="4002")),
     "port 4002 is for PAPER accounts, but this account is LIVE", "those of one login"),
    ("ibkr", "a paper account where a live one is meant", live,
     "account U7654321 is not among those of TWS's login: DU1234567", "log TWS in"),
    ("ibkr", "another account",
     lambda trial: trial.settings.update(account='"DU7654321"'),
     "account DU7654321 is not among those of TWS's login: DU1234567", "or mend account"),
    ("ibkr", "no permission for quotes",
     lambda trial: setattr(trial.tws.model, "market_data", "none"),
     "gives no quotes", "Client Portal"),
    ("ibkr", "too old a TWS",
     lambda trial: trial.tws.faults.tell(error("startApi", "", 503, "The TWS is out of date")),
     "out of date", "update TWS or IB Gateway"),
]  # fmt: skip


Check = Callable[[Trial], tuple[int, str]]


@pytest.fixture
def check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Exit code and words of ``trimtab check``."""

    def told(trial: Trial) -> tuple[int, str]:
        for name, value in trial.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COLUMNS", "300")
        code = run(["-c", trial.write(tmp_path), "check"])
        return code, "".join(capsys.readouterr())

    return told


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{kind}: {name}" for kind, name, *_ in WRONG])
def test_what_is_wrong_is_one_line_with_its_remedy(
    wrong: tuple[str, str, Break, str, str], trials: Callable[[str], Trial], check: Check
) -> None:
    kind, _, breaks, words, remedy = wrong
    trial = trials(kind)
    breaks(trial)
    code, told = check(trial)
    lines = told.splitlines()
    assert code != 0, told
    found = [n for n, line in enumerate(lines) if line.startswith("fail") and words in line]
    assert len(found) == 1, told
    assert remedy in "\n".join(lines[found[0] : found[0] + 2]), told
    assert "Traceback" not in told
    assert not any(value in told for value in trial.secrets.values() if len(value) > 8)


def shut(trial: Trial) -> None:
    """The broker has no session today, whatever the calendar knows."""
    usual = trial.alpaca.model.session_of
    today = {wall().date() + timedelta(days=days) for days in (-1, 0)}
    trial.alpaca.model.session_of = lambda day: None if day in today else usual(day)


NOTED: list[tuple[str, str, Break, str]] = [
    ("alpaca", "in order", lambda _: None,
     r"ok +quotes: 2 of 2 names\n(.*\n)*ok +stream: listened.*\nok +quote stream: subscribed"),
    ("alpaca", "closed", shut, r"market: closed; nothing is sent before it opens, \d{4}-\d\d-\d\d"),
    ("alpaca", "late quotes", lambda trial: trial.settings.update(feed='"delayed_sip"'),
     r"warn +quotes: 2 of 2 names, 15 minutes late\n +fix: subscribe"),
    ("alpaca", "no stream", lambda trial: setattr(trial.alpaca.streams, "refuses", 999),
     r"warn +stream: nobody answers at it\n +fix: nothing is lost"),
    ("alpaca", "a second link", lambda trial: setattr(trial.alpaca.tickers, "connections_max", 0),
     r"warn +quote stream: 406 connection limit exceeded\n +fix: nothing is lost"),
    ("alpaca", "no quotes wanted", lambda trial: trial.settings.update(quote_stream="false"),
     r"quotes: 2 of 2 names\n(?!.*quote stream)"),
    ("alpaca", "no stream wanted", lambda trial: trial.settings.update(stream="false"),
     r"quotes: 2 of 2 names\n(?!.* stream: listened)"),
    ("ibkr", "in order", lambda _: None, r"ok +market: .*\n(.*\n)*ok +quotes: 2 of 2 names"),
    ("ibkr", "late quotes", lambda trial: setattr(trial.tws.model, "market_data", "delayed"),
     r"warn +quotes: 2 of 2 names, 15 minutes late\n +fix: subscribe"),
]  # fmt: skip


@pytest.mark.parametrize("noted", NOTED, ids=[f"{kind}: {name}" for kind, name, *_ in NOTED])
def test_what_is_to_be_known_is_said_and_is_no_failure(
    noted: tuple[str, str, Break, str], trials: Callable[[str], Trial], check: Check
) -> None:
    kind, _, breaks, words = noted
    trial = trials(kind)
    breaks(trial)
    code, told = check(trial)
    assert code == 0, told
    assert re.search(words, told), told


@pytest.mark.parametrize(
    ("kind", "libraries", "remedy"),
    [("alpaca", ["alpaca"], "pip install alpaca-py"),
     ("ibkr", ["ib_async", "ib_insync"], "pip install ib_async")],
)  # fmt: skip
def test_a_library_that_is_missing_is_told_with_how_to_get_it(
    kind: str,
    libraries: list[str],
    remedy: str,
    trials: Callable[[str], Trial],
    tmp_path: Path,
) -> None:
    for name in libraries:
        (tmp_path / "there" / name).mkdir(parents=True)
        missing = f'raise ImportError("No module named {name}")\n'
        (tmp_path / "there" / name / "__init__.py").write_text(missing)
    trial = trials(kind)
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "bot", "-c", trial.write(tmp_path), "check", "--broker", "growth"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'there'}:{ROOT}", **trial.environment()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "does not load" in done.stderr
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr
