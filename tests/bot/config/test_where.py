"""The quick way to the book's path agrees with the full reading of the config."""

from pathlib import Path

import pytest

from bot.config.mistakes import ConfigError
from bot.config.read import load
from bot.config.where import find_book
from brokers.settings import PaperSettings

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


@pytest.mark.parametrize("environ", [{}, {"TRIMTAB_BOOK": "other.db"}])
def test_it_finds_the_book_that_the_config_means(environ: dict[str, str]) -> None:
    assert str(find_book(EXAMPLE, environ)) == load(EXAMPLE, environ).book_url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("book = 3", "in quotes"),
        ("book = ", "Invalid value"),
        ('book = "postgresql://host/db"', "embedded book only"),
    ],
)
def test_what_cannot_be_found_is_said(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    with pytest.raises(ConfigError, match=said):
        find_book(config, {})


def test_without_a_config_it_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trimtab init"):
        find_book(tmp_path / "config.toml", {})


FOLLOWING = """
[accounts.ira]
broker = "manual"
environment = "live"
live_account = "U1"
target = { strategy = "equal", symbols = ["VTI"] }

[accounts.trial]
broker = "paper"
paper = { tape = "account:%s", margin = false, settlement_days = 2 }
target = { strategy = "equal", symbols = ["VTI"] }
"""


def test_a_paper_account_may_follow_the_quotes_of_another(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FOLLOWING % "ira")
    ira, trial = load(path, {}).accounts
    assert isinstance(trial.broker, PaperSettings)
    assert trial.broker.quotes_of == ira.broker
    assert (trial.broker.is_margin, trial.broker.settlement_days) == (False, 2)


@pytest.mark.parametrize(
    ("other", "said"), [("irra", "no such account"), ("trial", "not one on paper")]
)
def test_it_cannot_follow_one_that_has_no_quotes(tmp_path: Path, other: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FOLLOWING % other)
    with pytest.raises(ConfigError, match=said):
        load(path, {})
