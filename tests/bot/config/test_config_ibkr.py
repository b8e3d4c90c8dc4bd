"""An account at Interactive Brokers in the config: every key arrives, and mistakes are named."""

from pathlib import Path

import pytest
from config_texts import read, said

from bot.config.account_table import BrokerKind
from bot.config.read import load
from bot.config.write import InitAnswers, write_new
from brokers.settings import IbkrSettings, PaperSettings
from brokers.words import Environment, Relief

TARGET = '[accounts.a.target]\nstrategy = "equal"\nsymbols = ["KO", "SAP"]\n'
IBKR = '[accounts.a]\nbroker = "ibkr"\n' + TARGET


def test_unsaid_it_is_the_gateway_with_pretended_money() -> None:
    (account,) = read(IBKR).accounts
    assert account.broker == IbkrSettings()
    assert account.environment is Environment.PAPER


def test_every_key_arrives() -> None:
    text = (
        '[accounts.a]\nbroker = "ibkr"\nenvironment = "live"\nlive_account = "U1234567"\n'
        + TARGET
        + '[accounts.a.ibkr]\nhost = "10.0.0.5"\nport = 7496\nclient_id = 4\ncurrency = "EUR"\n'
        + 'relief = "hifo"\nfractional = true\nmargin = true\nmarket_data_lines = 300\n'
        + 'messages_per_second = 30\ntimeout_seconds = 5\nflex = "second"\n'
        + 'flex_url = "http://127.0.0.1:8003/Flex"\n'
        + '[accounts.a.ibkr.listings]\nSAP = "IBIS"\nKO = "NYSE USD"\n'
    )
    (account,) = read(text).accounts
    assert account.broker == IbkrSettings(
        environment=Environment.LIVE,
        host="10.0.0.5",
        port=7496,
        client_id=4,
        account="U1234567",
        currency="EUR",
        listings=(("SAP", "IBIS"), ("KO", "NYSE USD")),
        relief=Relief.HIFO,
        fractional=True,
        margin=True,
        market_data_lines=300,
        messages_per_second=30,
        timeout_seconds=5,
        flex_token="second_flex_token",  # noqa: S106 - the name of a secret
        flex_query="second_flex_query",
        flex_url="http://127.0.0.1:8003/Flex",
    )


@pytest.mark.parametrize(("environment", "port"), [("paper", 4002), ("live", 4001)])
def test_unsaid_the_port_is_that_of_the_gateway_for_this_money(environment: str, port: int) -> None:
    live = 'live_account = "U1"\n' if environment == "live" else ""
    text = IBKR.replace(
        "[accounts.a.target]", f'environment = "{environment}"\n{live}[accounts.a.target]'
    )
    broker = read(text).accounts[0].broker
    assert isinstance(broker, IbkrSettings)
    assert broker.port == port
    assert broker.account == ("U1" if environment == "live" else None)


def test_one_client_of_an_adviser_is_named_and_is_not_the_live_one_on_paper() -> None:
    text = IBKR.replace("[accounts.a.target]", 'live_account = "U1"\n[accounts.a.target]')
    broker = read(text + '[accounts.a.ibkr]\naccount = "DU2"\n').accounts[0].broker
    assert isinstance(broker, IbkrSettings)
    assert broker.account == "DU2"


def test_a_paper_account_follows_its_quotes() -> None:
    text = IBKR + '[accounts.b]\nbroker = "paper"\n' + TARGET.replace("accounts.a", "accounts.b")
    text += '[accounts.b.paper]\ntape = "account:a"\n'
    followed = read(text).accounts[1].broker
    assert isinstance(followed, PaperSettings)
    assert followed.quotes_of == IbkrSettings()


LINES = [
    ("port = 0", "must be a whole number from 1 to 65535"),
    ("client_id = 0", "must be a whole number from 1 to 2147483647"),
    ("messages_per_second = 50", "must be a whole number from 5 to 30"),
    ('relief = "specific"', 'must be "fifo", "lifo" or "hifo"'),
    ('listings = { SAP = "ibis" }', "must be an exchange as Interactive Brokers writes it"),
    ('currency = "euro"', "must be a currency of three capital letters"),
    ('flex = "My Token"', "must be a name of lower-case letters, digits and _"),
    ('flex_token = "123456"', "a secret does not belong here: set TRIMTAB_SECRET_FLEX_TOKEN"),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_a_mistake_is_named_with_what_is_allowed(line: str, words: str) -> None:
    assert words in "\n".join(said(f"{IBKR}[accounts.a.ibkr]\n{line}\n"))


def test_what_init_writes_is_a_paper_account_at_the_gateway(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_new(path, InitAnswers(broker=BrokerKind.IBKR))
    (account,) = load(path, {}).accounts
    assert account.broker == IbkrSettings(environment=Environment.PAPER)


def test_its_table_belongs_to_no_other_broker() -> None:
    text = IBKR.replace('"ibkr"', '"paper"') + "[accounts.a.ibkr]\nport = 4002\n"
    (message,) = said(text)
    assert 'is not used while broker = "paper"' in message


def test_two_accounts_do_not_share_a_client_id_at_one_tws() -> None:
    second = IBKR.replace("accounts.a", "accounts.b").replace("[accounts.a", "[accounts.b")
    (message,) = said(IBKR + second)
    assert "accounts.b.ibkr.client_id" in message
    assert "belongs to account a already" in message
    assert len(read(IBKR + second + "[accounts.b.ibkr]\nclient_id = 18\n").accounts) == 2
    assert len(read(IBKR + second + '[accounts.b.ibkr]\nhost = "10.0.0.2"\n').accounts) == 2
