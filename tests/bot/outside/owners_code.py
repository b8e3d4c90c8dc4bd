"""Code of an owner's, written into a folder and asked about three names."""

import threading
from datetime import date
from pathlib import Path

import numpy as np

from bot.outside.given import Given, from_returns
from brokers.words import Symbol
from strategies.policy.own_code import OwnCode, Setting

NAMES = [Symbol(name) for name in ("A", "B", "C")]
TODAY = date(2020, 3, 12)
RETURNS = np.random.default_rng(1).normal(0.0005, 0.01, (250, 3))


Alive = tuple[threading.Thread, threading.Event, list[bytes]]
"""Ends when nobody holds the pipe any more; set when somebody does; what was written into it."""


def given() -> Given:
    """Three names with a year of history."""
    return from_returns(NAMES, RETURNS, TODAY)


def written(
    folder: Path, text: str, *, function: str = "weights", seconds: int = 20, **parameters: Setting
) -> OwnCode:
    """``text`` as mine.py in ``folder``, for ``function`` of it to be asked."""
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o644)
    folder.chmod(0o755)
    return OwnCode(f"file:mine.py:{function}", tuple(parameters.items()), seconds)
