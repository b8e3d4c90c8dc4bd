"""The quick way to the book's path agrees with the full reading of the config."""

from pathlib import Path

import pytest

from bot.config.mistakes import ConfigError
from bot.config.read import load
from bot.config.where import find_book

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
