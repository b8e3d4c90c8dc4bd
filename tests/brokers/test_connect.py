"""From a name in the config to a broker, and no library that it does not need."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from brokers.broker import Misconfigured
from brokers.connect import open_broker, open_paper
from brokers.settings import (
    AlpacaSettings,
    BrokerSettings,
    IbkrSettings,
    ManualSettings,
    PaperSettings,
)
from brokers.words import AccountId, Currency, Environment, Symbol

NOW = datetime(2020, 3, 12, 15, 0, tzinfo=UTC)
MINE = AccountId("mine")


@pytest.mark.parametrize(
    ("tape", "name"), [("us20", "AAPL"), ("synthetic:3", "S0003"), ("synthetic:500", "S0500")]
)
def test_a_paper_account_is_opened_as_it_is_written(tmp_path: Path, tape: str, name: str) -> None:
    settings = PaperSettings(tmp_path / "p.db", cash=Decimal(777), tape=tape, fractional=False)
    broker = open_paper(MINE, settings, lambda: NOW, lambda _: None)
    state = broker.account()
    assert (state.account, state.environment) == (MINE, Environment.PAPER)
    assert state.cash[0].amount == 777
    assert list(broker.quotes([Symbol(name), Symbol("NOPE")])) == [name]
    assert not broker.capabilities.fractions
    assert not broker.clock().is_open
    broker.close()


def test_every_kind_of_settings_opens(tmp_path: Path) -> None:
    known: tuple[BrokerSettings, ...] = (
        PaperSettings(tmp_path / "p.db"),
        ManualSettings(tmp_path),
        AlpacaSettings(),
        PaperSettings(tmp_path / "q.db", quotes_of=AlpacaSettings()),
        IbkrSettings(),
    )
    for settings in known:
        broker = open_broker(MINE, settings, lambda: NOW, lambda _: None, lambda _: "PKEY")
        assert broker.capabilities.sends_orders is not isinstance(settings, ManualSettings)


@pytest.mark.parametrize("tape", ["us21", "", "synthetic", "synthetic:0", "synthetic:x", "us20:3"])
def test_an_unknown_tape_is_named_with_what_there_is(tmp_path: Path, tape: str) -> None:
    settings = PaperSettings(tmp_path / "p.db", tape=tape)
    with pytest.raises(Misconfigured, match="there is no tape") as caught:
        open_broker(MINE, settings, lambda: NOW, lambda _: None)
    assert "us20" in caught.value.remedy
    assert not (tmp_path / "p.db").exists()


def test_a_currency_that_the_tape_does_not_have_buys_nothing(tmp_path: Path) -> None:
    settings = PaperSettings(tmp_path / "p.db", base=Currency("EUR"))
    broker = open_paper(MINE, settings, lambda: NOW, lambda _: None)
    assert broker.account().base == "EUR"
    assert broker.fx([Currency("USD")], Currency("EUR")) == {}
    assert broker.fx([Currency("EUR")], Currency("EUR"))[Currency("EUR")].rate == 1
    broker.close()


def test_a_library_that_is_missing_is_named_with_its_remedy() -> None:
    code = (
        "import sys; sys.modules['alpaca'] = None\n"
        "from brokers.connect import open_broker\n"
        "from brokers.settings import AlpacaSettings\n"
        "try: open_broker('a', AlpacaSettings(), None, None, lambda name: 'PKEY')\n"
        "except Exception as error: print(type(error).__name__, error, error.remedy)"
    )
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout.startswith("Misconfigured the library of Alpaca does not load")
    assert "pip install alpaca-py" in said.stdout


def test_both_names_of_a_library_that_are_missing_are_told_with_the_remedy() -> None:
    code = (
        "import sys; sys.modules['ib_async'] = sys.modules['ib_insync'] = None\n"
        "from brokers.connect import open_broker\n"
        "from brokers.settings import IbkrSettings\n"
        "try: open_broker('a', IbkrSettings(), None, None)\n"
        "except Exception as error: print(type(error).__name__, error, error.remedy)"
    )
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout.startswith("Misconfigured the library of Interactive Brokers does not load")
    assert "pip install ib_async" in said.stdout


def test_connect_itself_loads_no_adapter() -> None:
    code = (
        "import sys, brokers.connect;"
        "print([m for m in sys.modules if m.split('.')[0] in {'sqlite3', 'alpaca', 'ib_async'}"
        " or m.startswith(('brokers.paper', 'brokers.manual', 'brokers.alpaca', 'brokers.ibkr'))])"
    )
    run = [sys.executable, "-c", code]
    said = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert said.stdout.strip() == "[]"


def test_a_paper_account_is_filled_on_the_live_quotes_of_a_hand_kept_one(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    stamp = NOW.isoformat()
    (held / "positions.csv").write_text("# account U1\n# empty account\nsymbol,quantity\n")
    (held / "cash.csv").write_text("currency,amount\nUSD,0\n")
    (held / "quotes.csv").write_text(f"symbol,bid,ask,time\nVTI,99.99,100.01,{stamp}\n")
    settings = PaperSettings(
        tmp_path / "p.db", tape="account:ira", quotes_of=ManualSettings(held), latency_ms=0
    )
    broker = open_broker(MINE, settings, lambda: NOW, lambda _: None)
    quote = broker.quotes([Symbol("VTI")])[Symbol("VTI")]
    assert (quote.bid, quote.ask) == (Decimal("99.99"), Decimal("100.01"))
    assert broker.capabilities.sends_orders
    assert broker.account().positions == ()
