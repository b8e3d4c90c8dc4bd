"""An account at Alpaca in the config: every key arrives, and mistakes are named."""

import pytest
from config_texts import read, said

from brokers.settings import AlpacaSettings, BarsFeed, PaperSettings, QuoteFeed
from brokers.words import Environment

TARGET = '[accounts.a.target]\nstrategy = "equal"\nsymbols = ["KO", "AAPL"]\n'
ALPACA = '[accounts.a]\nbroker = "alpaca"\n' + TARGET


def test_unsaid_it_is_the_account_with_pretended_money() -> None:
    (account,) = read(ALPACA).accounts
    assert account.broker == AlpacaSettings()
    assert account.environment is Environment.PAPER


def test_every_key_arrives() -> None:
    text = (
        '[accounts.a]\nbroker = "alpaca"\nenvironment = "live"\nlive_account = "010203ABCD"\n'
        + TARGET
        + '[accounts.a.alpaca]\nkeys = "second"\nfeed = "sip"\nbars_feed = "iex"\n'
        + 'trading_url = "http://127.0.0.1:8001"\ndata_url = "http://127.0.0.1:8002/"\n'
        + "requests_per_minute = 1000\ntimeout_seconds = 5\n"
    )
    (account,) = read(text).accounts
    assert account.broker == AlpacaSettings(
        environment=Environment.LIVE,
        trading_url="http://127.0.0.1:8001",
        data_url="http://127.0.0.1:8002/",
        feed=QuoteFeed.SIP,
        bars_feed=BarsFeed.IEX,
        key_id="second_key_id",
        secret_key="second_secret_key",  # noqa: S106 - the name of a secret
        requests_per_minute=1000,
        timeout_seconds=5,
    )


def test_a_paper_account_follows_its_quotes() -> None:
    text = ALPACA + '[accounts.b]\nbroker = "paper"\n' + TARGET.replace("accounts.a", "accounts.b")
    text += '[accounts.b.paper]\ntape = "account:a"\n'
    followed = read(text).accounts[1].broker
    assert isinstance(followed, PaperSettings)
    assert followed.quotes_of == AlpacaSettings()


LINES = [
    ('feed = "nyse"', 'must be "iex", "sip" or "delayed_sip"'),
    ('bars_feed = "delayed_sip"', 'must be "sip" or "iex"'),
    ('keys = "Alpaca Keys"', "must be a name of lower-case letters, digits and _"),
    ('trading_url = "paper-api.alpaca.markets"', 'must be an address like "https://paper-api'),
    ('data_url = "https://user:pw@example.org"', 'must be an address like "https://paper-api'),
    ("requests_per_minute = 0", "must be a whole number from 20 to 10000"),
    ("timeout_seconds = 0.5", "must be a whole number from 1 to 60"),
    ('secret_key = "PKXXXX"', "a secret does not belong here: set TRIMTAB_SECRET_SECRET_KEY"),
    ('api_key = "PKXXXX"', "a secret does not belong here: set TRIMTAB_SECRET_API_KEY"),
]


@pytest.mark.parametrize(("line", "problem"), LINES)
def test_mistakes_are_named(line: str, problem: str) -> None:
    (message,) = said(f"{ALPACA}[accounts.a.alpaca]\n{line}\n")
    assert message.startswith("config.toml:7: accounts.a.alpaca.")
    assert problem in message
    assert "PKXXXX" not in message


def test_its_table_belongs_to_no_other_broker() -> None:
    text = ALPACA.replace('"alpaca"', '"paper"') + '[accounts.a.alpaca]\nfeed = "iex"\n'
    (message,) = said(text)
    assert 'is not used while broker = "paper"' in message


def test_real_money_needs_its_account_number() -> None:
    text = ALPACA.replace('"alpaca"\n', '"alpaca"\nenvironment = "live"\n')
    (message,) = said(text)
    assert "needs live_account" in message
