"""Pictures: real ones, the same each time, and safe to stand in a page."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.report import plots
from bot.report.plots import Form
from brokers.words import Symbol
from tests.bot.report.plans import SESSION, USD, calm, cycles, history, rebalance, renamed

ROWS = history(30)
CYCLES = cycles(ROWS)
TRADED = frozenset(cycle.session for cycle in CYCLES if cycle.orders)

DRAWN: dict[str, Callable[[Form], bytes]] = {
    "drift": lambda form: plots.drift_bars(rebalance(), form),
    "value": lambda form: plots.value_over_time(ROWS, USD, form),
    "weights": lambda form: plots.weights_over_time(ROWS, form),
    "drift line": lambda form: plots.drift_over_time(ROWS, TRADED, form),
    "turnover": lambda form: plots.turnover_and_cost(CYCLES, USD, form),
}


@pytest.mark.parametrize("name", DRAWN)
def test_svg_is_the_same_each_time_and_stands_in_a_page(name: str) -> None:
    svg = DRAWN[name](Form.SVG)
    assert svg == DRAWN[name](Form.SVG)
    text = svg.decode()
    assert text.startswith("<svg ")
    assert str(SESSION.year) + "-" not in re.sub(r">[^<]*<", "><", text)  # no date but in words
    assert not re.search(r'(href|src)="(?!#)', text)
    assert "width=" not in text[: text.index(">")]
    ET.fromstring(text)  # noqa: S314 - our own


def test_colours_of_an_svg_follow_the_page() -> None:
    text = DRAWN["drift"](Form.SVG).decode()
    assert "var(--orange)" in text
    assert "var(--blue)" in text
    assert not re.search(r"(fill|stroke): #", text)


def test_ids_of_two_pictures_never_meet() -> None:
    ids = [
        found
        for draw in DRAWN.values()
        for found in re.findall(r'\bid="([^"]+)"', draw(Form.SVG).decode())
    ]
    assert len(ids) == len(set(ids))


def test_png_is_the_same_each_time() -> None:
    png = plots.drift_bars(rebalance())
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png == plots.drift_bars(rebalance())


def test_bars_outside_their_band_carry_the_word() -> None:
    text = DRAWN["drift"](Form.SVG).decode()
    assert "+2.80 pt, over" in text
    assert "\u22121.40 pt, under" in text
    assert "diamond" in text
    assert "diamond" not in plots.drift_bars(calm(), Form.SVG).decode()


@pytest.mark.parametrize("symbol", ["<script>", "$x^2$", "A&B", "\\frac{"])
def test_strange_symbols_are_drawn_as_they_are(symbol: str) -> None:
    root = ET.fromstring(plots.drift_bars(renamed(rebalance(), symbol), Form.SVG))  # noqa: S314
    assert symbol in {element.text for element in root.iter()}


def test_one_row_and_nothing_at_all_are_drawn_too() -> None:
    for rows in (ROWS[:1], (ROWS[0], ROWS[0])):
        for draw in (plots.drift_over_time, plots.weights_over_time):
            assert draw(rows).startswith(b"\x89PNG")
        assert plots.value_over_time(rows, USD).startswith(b"\x89PNG")
    assert plots.turnover_and_cost((), USD).startswith(b"\x89PNG")
    assert plots.drift_bars(replace(calm(), lines=())).startswith(b"\x89PNG")


def test_many_names_are_cut_to_the_furthest() -> None:
    plan = rebalance()
    lines = tuple(
        replace(
            plan.lines[0],
            symbol=Symbol(f"N{number}"),
            weight_before=plan.lines[0].target + number * plan.lines[0].target / 1000,
        )
        for number in range(200)
    )
    text = plots.drift_bars(replace(plan, lines=lines), Form.SVG).decode()
    assert ">N199<" in text
    assert ">N100<" not in text


def test_small_multiples_show_the_names_that_moved_most() -> None:
    names = plots.widest_names(ROWS)
    assert len(names) == 10
    assert list(names) == sorted(names)
    wide = {Symbol(f"N{number}"): number * ROWS[0].nav / 10**9 for number in range(60)}
    kept = plots.widest_names((replace(ROWS[0], weights=wide, targets={}),))
    assert len(kept) == plots.NAMES_MAX
    assert Symbol("N59") in kept
    assert Symbol("N1") not in kept
