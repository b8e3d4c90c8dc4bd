"""The ledger against the share-by-share oracle on random households, and that this would notice.

``python -m benchmarks.tax.brute`` does the same over ten thousand.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.washes.brute import WRONG, World
from tests.strategies.washes.comparing import difference, differs, least, ledger_of
from tests.strategies.washes.households import household

BATCH = 100


@pytest.mark.parametrize("batch", range(10))
def test_every_field_of_every_piece_is_what_the_law_says(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        drawn = household(seed)
        said = difference(drawn.world, known=drawn.pieces)
        assert not said, f"household {seed}\n{said}"


@given(seed=st.integers(0, 10**9))
def test_so_it_is_wherever_one_looks(seed: int) -> None:
    drawn = household(seed)
    said = difference(drawn.world, known=drawn.pieces)
    assert not said, f"household {seed}\n{said}"


def test_the_order_of_rows_does_not_matter() -> None:
    for seed in range(2 * BATCH):
        world = household(seed).world
        trades = list(world.trades)
        Random(seed).shuffle(trades)  # noqa: S311  # a draw, not a secret
        home, other = ledger_of(world), ledger_of(replace(world, trades=trades))
        assert replace(other, notes=home.notes) == home, f"household {seed}"
        assert sorted(n.said for n in other.notes) == sorted(n.said for n in home.notes)


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_rule_would_be_noticed(name: str) -> None:
    assert any(differs(household(seed).world, WRONG[name]) for seed in range(BATCH))


def test_a_difference_is_told_on_a_few_trades() -> None:
    wrong = WRONG["29 days after"]
    world = next(w for w in map(_world, range(BATCH)) if differs(w, wrong))
    small = least(world, wrong)
    assert len(small.trades) <= 5 < len(world.trades)
    assert differs(small, wrong)
    said = difference(world, wrong)
    assert "only the law:" in said
    assert "only the ledger:" in said
    assert all(trade.lot in said for trade in small.trades)


def _world(seed: int) -> World:
    return household(seed).world


def test_the_households_hold_what_they_are_drawn_for() -> None:
    drawn = [household(seed) for seed in range(BATCH)]
    sold = [p for one in drawn for p in one.pieces if p.sold and p.kind == "taxable"]
    trades = [trade for one in drawn for trade in one.world.trades]
    washed = [piece for piece in sold if piece.disallowed]
    assert len(washed) > 200
    assert len([p for p in washed if p.lost]) > 50
    assert len([p for p in washed if p.unreplaced]) > 10
    assert len([p for p in washed if p.held_since < p.acquired]) > 50, "chains"
    assert {"long", "short"} == {piece.term for piece in sold}
    assert {"buy", "sell", "reinvest", "split"} == {trade.side for trade in trades}
    assert {one.world.relief for one in drawn} == {"fifo", "lifo", "hifo", "lofo"}
    assert any(trade.quantity % 1 for trade in trades)
    assert any(";" in trade.lot for trade in trades)
