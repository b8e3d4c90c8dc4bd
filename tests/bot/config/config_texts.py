"""A small config, and what comes of a text that stands in /etc/trimtab/config.toml."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.config.mistakes import ConfigError
from bot.config.read import read_text
from bot.config.settings import (
    Config,
)
from brokers.words import Symbol

GOOD = """\
[accounts.ira]
broker = "paper"
[accounts.ira.target.weights]
AAPL = 0.6
MSFT = 0.4
"""
WEIGHT = "must be a number from 0 to 1 (weight: share of net asset value, 0.05 is 5 %)"
WEIGHTS = ((Symbol("AAPL"), Decimal("0.6")), (Symbol("MSFT"), Decimal("0.4")))


def read(
    text: str, environ: dict[str, str] | None = None, flags: dict[str, str] | None = None
) -> Config:
    return read_text(text, Path("/etc/trimtab/config.toml"), environ or {}, flags)


def mistakes(text: str, environ: dict[str, str], flags: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, environ, flags)
    return str(caught.value)


def said(text: str, environ: dict[str, str] | None = None) -> list[str]:
    """What is wrong with ``text`` as config.toml, or nothing."""
    try:
        read_text(text, Path("config.toml"), environ or {})
    except ConfigError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []
