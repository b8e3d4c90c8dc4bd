"""A demo that has drifted for some weeks, and its past by other means than the program's."""

import csv
from pathlib import Path

import numpy as np
import pytest
from portfolio_oracles import Array

from bot.cli.app import run

CLOSES = Path(__file__).parents[3] / "brokers" / "data" / "us20_2018_2021.csv"
LAST_DAY, RETURNS = "2020-01-17", 251
"""The session before the one that the demo stands in, and as many returns as a look takes."""


def demo(factory: pytest.TempPathFactory, name: str) -> str:
    """The config of a demo of its own."""
    folder = factory.mktemp(name) / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-21"]) == 0
    return str(folder / "config.toml")


def past() -> tuple[list[str], Array]:
    """Names, and the daily returns (T, n) that the demo knew of, out of the file of closes."""
    (_, *names), *rows = csv.reader(CLOSES.read_text().splitlines())
    closes = np.array([[float(cell) for cell in row[1:]] for row in rows if row[0] <= LAST_DAY])
    kept = closes[-RETURNS - 1 :]
    return names, kept[1:] / kept[:-1] - 1
