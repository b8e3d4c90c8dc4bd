"""Which account and which money: what does not fit together is refused in one clear line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alpaca_bench import ACCOUNT, Alpaca, Clock, buy
from standins.alpaca_server import KEY_ID, SECRET_KEY
from standins.faults import HTML, Fault, answer, drop_before, hang_before, says

from brokers.alpaca.broker import AlpacaBroker
from brokers.alpaca.identity import access_of
from brokers.broker import BadAnswer, BrokerError, Misconfigured, Refused, Unreachable
from brokers.connect import no_secrets, open_broker
from brokers.settings import AlpacaSettings
from brokers.words import Environment

PAPER, LIVE = Environment.PAPER, Environment.LIVE
THEIRS = {PAPER: "https://paper-api.alpaca.markets", LIVE: "https://api.alpaca.markets"}


def keys(key_id: str = "PK0", secret: str = "s3cret") -> Callable[[str], str]:  # noqa: S107 - of a test
    return lambda name: key_id if name == "alpaca_key_id" else secret


@pytest.mark.parametrize(("environment", "key"), [(PAPER, "PK0"), (LIVE, "AK0"), (LIVE, "CK0")])
def test_the_address_is_that_of_the_environment(environment: Environment, key: str) -> None:
    access = access_of(AlpacaSettings(environment), keys(key))
    assert access.trading_url == THEIRS[environment]
    assert access.environment is environment


def test_an_address_is_taken_with_or_without_its_version() -> None:
    settings = AlpacaSettings(trading_url="https://paper-api.alpaca.markets/v2/")
    assert access_of(settings, keys()).trading_url == THEIRS[PAPER]


STREAMS = [
    (AlpacaSettings(), "wss://stream.data.alpaca.markets"),
    (
        AlpacaSettings(data_url="https://data.sandbox.alpaca.markets"),
        "wss://stream.data.sandbox.alpaca.markets",
    ),
    (AlpacaSettings(data_url="https://proxy.example/alpaca"), "wss://proxy.example/alpaca"),
    (AlpacaSettings(data_url="http://127.0.0.1:4010"), "ws://127.0.0.1:4010"),
    (AlpacaSettings(quotes_url="https://other.example/v2/"), "wss://other.example"),
]


@pytest.mark.parametrize(("settings", "url"), STREAMS)
def test_quotes_are_streamed_by_alpaca_or_by_whom_we_ask_for_them(
    settings: AlpacaSettings, url: str
) -> None:
    assert access_of(settings, keys()).quotes_url == url


MISMATCHES = [
    (AlpacaSettings(PAPER, trading_url=THEIRS[LIVE]), "PK0", "trading_url is for LIVE accounts"),
    (AlpacaSettings(LIVE, trading_url=THEIRS[PAPER]), "AK0", "trading_url is for PAPER accounts"),
    (AlpacaSettings(LIVE), "PK0", "alpaca_key_id is a key for PAPER accounts"),
    (AlpacaSettings(PAPER), "AK0", "alpaca_key_id is a key for LIVE accounts"),
    (AlpacaSettings(trading_url="http://example.org"), "PK0", "is not an https address"),
    (AlpacaSettings(trading_url="ftp://127.0.0.1"), "PK0", "is not an https address"),
    (AlpacaSettings(trading_url="paper-api.alpaca.markets"), "PK0", "is not an https address"),
    (AlpacaSettings(data_url="http://data.alpaca.markets"), "PK0", "data_url = 'http"),
    (AlpacaSettings(quotes_url="http://stream.example"), "PK0", "quotes_url = 'http"),
    (AlpacaSettings(quotes_url="ftp://127.0.0.1"), "PK0", "quotes_url = 'ftp"),
    (AlpacaSettings(), "", "the secret alpaca_key_id is not a key"),
    (AlpacaSettings(), "PK0\nX: y", "the secret alpaca_key_id is not a key"),
    (AlpacaSettings(), "PKé", "the secret alpaca_key_id is not a key"),
]


@pytest.mark.parametrize(("settings", "key", "message"), MISMATCHES)
def test_what_does_not_fit_together_is_refused(
    settings: AlpacaSettings, key: str, message: str
) -> None:
    with pytest.raises(Misconfigured, match=message) as caught:
        access_of(settings, keys(key))
    assert caught.value.remedy
    assert "s3cret" not in str(caught.value)
    assert not key or key not in str(caught.value)


def test_a_newline_at_the_end_of_a_key_does_no_harm() -> None:
    access = access_of(AlpacaSettings(), keys("PK0\n", " s3cret\r\n"))
    assert (access.key_id, access.secret_key) == ("PK0", "s3cret")
    assert "PK0" not in repr(access)
    assert "s3cret" not in repr(access)


def test_a_secret_that_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="alpaca_key_id") as caught:
        open_broker(ACCOUNT, AlpacaSettings(), Clock().now, lambda _: None, no_secrets)
    assert "TRIMTAB_SECRET_ALPACA_KEY_ID" in caught.value.remedy


READINGS: list[Callable[[AlpacaBroker], object]] = [
    AlpacaBroker.clock,
    AlpacaBroker.account,
    AlpacaBroker.open_orders,
    lambda broker: broker.quotes(["AAPL"]),  # type: ignore[list-item]
    lambda broker: broker.bars(["AAPL"], 5),  # type: ignore[list-item]
    lambda broker: broker.instruments(["AAPL"]),  # type: ignore[list-item]
    lambda broker: broker.executions(None),
    lambda broker: broker.cash_flows(None),
    lambda broker: broker.find("k"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_a_line_with_its_remedy_and_no_key(alpaca: Alpaca, status: int) -> None:
    alpaca.server.refused_key = status
    broker = alpaca.open(reveal=keys("PKWRONG", "s3cret"))
    for reading in READINGS:
        with pytest.raises(Misconfigured, match=f"Alpaca answers {status}") as caught:
            reading(broker)
        assert "check alpaca_key_id" in caught.value.remedy
        assert "PKWRONG" not in repr(caught.value)
    outcome = broker.submit(buy("k"))
    assert isinstance(outcome, Refused)
    assert alpaca.model.orders == []


FAULTS: dict[str, tuple[Fault, type[BrokerError]]] = {
    "dropped": (drop_before("GET", "/"), Unreachable),
    "hanging": (hang_before("GET", "/"), Unreachable),
    "dripping": (Fault("GET", "/", drip_seconds=0.01), Unreachable),
    "cut in the head": (Fault("GET", "/", cut_at=30), Unreachable),
    "cut in the body": (Fault("GET", "/", cut_at=260), Unreachable),
    "429": (answer("GET", "/", 429, b'{"code": 42910000, "message": "slow down"}'), Unreachable),
    "500": (answer("GET", "/", 500, b'{"message": "internal server error"}'), Unreachable),
    "502 and a page": (answer("GET", "/", 502, HTML), Unreachable),
    "504 and nothing": (answer("GET", "/", 504), Unreachable),
    "a page": (says("GET", "/", HTML), BadAnswer),
    "nothing": (says("GET", "/", b""), BadAnswer),
    "a redirect": (answer("GET", "/", 302, HTML), BadAnswer),
    "teapot": (answer("GET", "/", 418, b"{}"), BadAnswer),
    "half a word": (says("GET", "/", b'{"a": tru'), BadAnswer),
    "bytes": (says("GET", "/", b"\xff\xfe\xfd"), BadAnswer),
}


@pytest.mark.parametrize(("fault", "error"), FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("reading", [AlpacaBroker.clock, AlpacaBroker.account])
def test_each_fault_of_a_reading_is_one_of_the_three_errors(
    alpaca: Alpaca,
    reading: Callable[[AlpacaBroker], object],
    fault: Fault,
    error: type[BrokerError],
) -> None:
    broker = alpaca.open()
    alpaca.server.faults.tell(
        Fault(**{name: getattr(fault, name) for name in Fault.__dataclass_fields__})
    )
    with pytest.raises(error) as caught:
        reading(broker)
    assert caught.value.remedy
    assert KEY_ID not in repr(caught.value)
    assert SECRET_KEY not in repr(caught.value)
    assert reading(broker) is not None, "the next question is answered as if nothing had been"


def test_a_broker_that_is_not_there_is_unreachable(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    alpaca.server.stop()
    with pytest.raises(Unreachable):
        broker.clock()


@pytest.mark.parametrize("flag", ["account_blocked", "trading_blocked", "trade_suspended_by_user"])
def test_an_account_that_may_not_trade_says_why(alpaca: Alpaca, flag: str) -> None:
    blocked = Fault("GET", "/v2/account$", rewrite=lambda b: _set(b, flag))
    alpaca.server.faults.tell(blocked)
    with pytest.raises(Misconfigured, match=flag):
        alpaca.open().account()


def _set(body: bytes, flag: str) -> bytes:
    return body.replace(f'"{flag}": false'.encode(), f'"{flag}": true'.encode())


def test_an_account_without_a_number_is_no_account(alpaca: Alpaca) -> None:
    unnamed = Fault("GET", "/v2/account$", rewrite=lambda b: b.replace(b"PA3STANDIN01", b""))
    alpaca.server.faults.tell(unnamed)
    with pytest.raises(BadAnswer, match="account_number"):
        alpaca.open().account()


def test_passwords_of_other_programs_are_not_sent(
    alpaca: Alpaca, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    alpaca.open().clock()
    assert "Authorization" not in alpaca.server.headers[-1]
    assert alpaca.server.headers[-1]["APCA-API-KEY-ID"] == KEY_ID


def test_a_link_that_was_quiet_is_made_anew_and_a_busy_one_is_kept(alpaca: Alpaca) -> None:
    broker = alpaca.open()
    for _ in range(5):
        broker.clock()
    assert len({headers["_port"] for headers in alpaca.server.headers}) == 1
    broker.close()
    broker.clock()
    assert len({headers["_port"] for headers in alpaca.server.headers}) == 2
