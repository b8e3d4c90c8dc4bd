"""The table of price histories: what it becomes, and every mistake in it by its place."""

from pathlib import Path

import pytest
from config_texts import GOOD, read, said

from bot.config.digest import policy_digest
from bot.config.settings import PriceSettings, PriceSource

ACCOUNT = """
[accounts.other]
broker = "paper"
target = { weights = { KO = 1 } }
"""


def prices(*lines: str) -> PriceSettings:
    (account,) = read(GOOD + "\n".join(("[accounts.ira.prices]", *lines, ""))).accounts
    return account.prices


def test_unsaid_it_is_a_year_from_the_broker() -> None:
    assert prices() == PriceSettings(broker_feed="paper us20 seed 1")


def test_every_key_reaches_the_settings() -> None:
    assert prices(
        'sources = ["folder", "adapter", "broker"]',
        'folder = "history"',
        'adapter = "mydata"',
        "adjusted = true",
        "consolidated = true",
        "history_days = 1260",
    ) == PriceSettings(
        sources=(PriceSource.FOLDER, PriceSource.ADAPTER, PriceSource.BROKER),
        broker_feed="paper us20 seed 1",
        folder=Path("/etc/trimtab/history"),
        adapter="mydata",
        adjusted=True,
        consolidated=True,
        history_days=1260,
    )


def test_a_place_alone_is_asked_after_the_broker() -> None:
    found = prices('adapter = "mydata"', 'folder = "history"')
    assert found.sources == (PriceSource.BROKER, PriceSource.FOLDER, PriceSource.ADAPTER)


MISTAKES = {
    "history_days = 29": "history_days = 29: must be a whole number from 30 to 2520 (trading days)",
    "sources = []": 'sources: is empty; write "broker" or leave the key out',
    'sources = "folder"': 'sources = "folder": needs folder',
    'sources = ["broker", "broker"]': 'sources = "broker": is in the list more than once',
    'folder = "~/x"': 'folder = "~/x": must be a path, written whole ("~" is not expanded)',
    'sources = "broker"\nfolder = "x"': 'folder: is not used: "folder" is not in sources',
    'adapter = "no way"': 'adapter = "no way": must be the name of an entry point of the group',
}


@pytest.mark.parametrize("lines", MISTAKES)
def test_a_mistake_is_told_with_its_place(lines: str) -> None:
    (told,) = said(f"{GOOD}[accounts.ira.prices]\n{lines}\n")
    assert "accounts.ira.prices." in told
    assert told.split("accounts.ira.prices.")[1].startswith(MISTAKES[lines])


def test_an_unknown_source_is_met_with_the_known_ones() -> None:
    (told,) = said(f'{GOOD}[accounts.ira.prices]\nsources = "yahoo"\n')
    assert 'must be "broker", "folder" or "adapter"' in told


def test_accounts_at_one_broker_share_its_prices() -> None:
    text = GOOD + ACCOUNT
    one, other = read(text).accounts
    assert one.prices.broker_feed == other.prices.broker_feed
    one, other = read(f"{text}paper = {{ seed = 2 }}\n").accounts
    assert one.prices.broker_feed != other.prices.broker_feed


def test_paper_on_another_account_s_quotes_shares_that_one_s_prices() -> None:
    alpaca = GOOD.replace('"paper"', '"alpaca"') + "[accounts.ira.alpaca]\nbars_feed = 'iex'\n"
    follower = f'{ACCOUNT}paper = {{ tape = "account:ira" }}\n'
    one, other = read(alpaca + follower).accounts
    assert one.prices.broker_feed == other.prices.broker_feed
    assert one.prices.broker_feed.startswith("alpaca iex ")


def test_the_length_of_a_history_is_no_part_of_the_policy() -> None:
    (short,) = read(GOOD).accounts
    (long,) = read(GOOD + "[accounts.ira.prices]\nhistory_days = 500\n").accounts
    assert policy_digest(short.policy) == policy_digest(long.policy)
