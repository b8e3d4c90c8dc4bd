"""A data adapter in a process of its own: its rows, its failures, and the example of the page."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from price_bench import A, B, Desk, walk

from bot.config.settings import PriceSettings, PriceSource
from bot.prices.adapter import FromAdapter, installed
from bot.prices.source import NoPrices, Span, Told

SPAN = Span(3, date(2024, 1, 5))
ROOT = Path(__file__).parents[3]

Install = Callable[[str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package whose function ``daily`` is the adapter "mine"."""

    def make(source: str) -> None:
        (tmp_path / "my_prices.py").write_text(source)
        facts = tmp_path / "my_prices-1.0.dist-info"
        facts.mkdir(exist_ok=True)
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: my-prices\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text("[trimtab.prices]\nmine = my_prices:daily\n")

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    return make


def ask(**settings: bool) -> Told:
    return FromAdapter("mine", "feed", **settings).tell((A, B), SPAN)


def test_rows_of_any_kind_of_number_and_day(install: Install) -> None:
    install(
        """
import datetime as d, numpy as np
from decimal import Decimal
def daily(symbols, first, last):
    print("noise on standard output")
    assert (type(first), last) == (d.date, d.date(2024, 1, 5))
    return {
        "AAA": [(d.date(2024, 1, 3), np.float32(1.5), 10), ("2024-01-04", Decimal("2.5"), None)],
        "BBB": [(d.datetime(2024, 1, 3, 16), 7)],
        "ZZZ": [],
    }
"""
    )
    found = ask(adjusted=True, consolidated=True).bars
    assert set(found) == {A, B}
    assert found[A].days == (date(2024, 1, 3), date(2024, 1, 4))
    assert found[A].closes == (1.5, 2.5)
    assert found[A].volumes[0] == 10.0
    assert found[A].consolidated
    assert (found[B].closes, found[B].volumes, found[B].consolidated) == ((7.0,), (), False)


FAILURES = {
    "raise ValueError('no such key')": "ValueError: no such key",
    "import os; os._exit(3)": "it ended with 3",
    "return [1, 2]": "mine returned a list, no rows by symbol",
    "return {'AAA': [(first, object())]}": "TypeError",
    "raise SystemExit('quota is used up')": "quota is used up",
}


@pytest.mark.parametrize("body", FAILURES)
def test_whatever_it_does_becomes_a_sentence(install: Install, body: str) -> None:
    install(f"def daily(symbols, first, last):\n    {body}\n")
    with pytest.raises(NoPrices, match=re.escape(FAILURES[body])):
        ask()


def test_rows_that_are_none_cost_that_name_alone(install: Install) -> None:
    install(
        "def daily(symbols, first, last):\n"
        "    return {'AAA': [('soon', 1.0)], 'BBB': [('2024-01-03', 1.0)]}\n"
    )
    found = ask()
    assert set(found.bars) == {B}
    assert found.faults[A].startswith("a row is not (day, close, volume)")


def test_one_that_never_ends_is_ended(install: Install) -> None:
    install("def daily(symbols, first, last):\n    while True: pass\n")
    with pytest.raises(NoPrices, match=r"no answer in 0\.5 s"):
        FromAdapter("mine", "feed", seconds=0.5).tell((A, B), SPAN)


def test_one_that_is_not_installed_is_named_with_those_that_are(install: Install) -> None:
    install("def daily(symbols, first, last):\n    return {}\n")
    assert "mine" in installed()
    with pytest.raises(NoPrices, match="it is not installed") as caught:
        FromAdapter("yours", "feed").tell((A,), SPAN)
    assert "mine" in caught.value.remedy


def test_a_look_uses_it_and_a_failure_keeps_what_there_is(desk: Desk, install: Install) -> None:
    told = walk(A)
    rows = [(day.isoformat(), *pair) for day, pair in told.items()]
    install(
        f"ROWS = {rows!r}\n"
        "def daily(symbols, first, last):\n"
        "    inside = [r for r in ROWS if str(first) <= r[0] <= str(last)]\n"
        "    return {'AAA': inside}\n"
    )
    desk.settings = PriceSettings((PriceSource.ADAPTER,), adapter="mine", adjusted=True)
    found = desk.look(A)
    assert found.notes == ()
    assert found.bars[A].closes == tuple(told[day][0] for day in found.bars[A].days)
    assert len(found.bars[A].days) == 252
    desk.next_day()
    install("def daily(symbols, first, last):\n    raise OSError('offline')\n")
    again = desk.look(A)
    assert again.bars[A].days == found.bars[A].days
    assert again.notes[0] == "the adapter mine: OSError: offline; mend the adapter"
    assert desk.look(A).notes[0].startswith("no close of"), "not asked again within the hour"
    assert desk.asked() == []


def test_the_example_of_the_page_is_one(install: Install) -> None:
    page = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    install(code)
    found = FromAdapter("mine", "feed").tell((A,), Span(3, date(2024, 1, 5)))
    assert found.bars[A].days == (date(2024, 1, 3), date(2024, 1, 4), date(2024, 1, 5))
