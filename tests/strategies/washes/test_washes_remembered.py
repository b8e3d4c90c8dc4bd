"""A ledger with a memory says what one without says, and works out only what changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from brokers.words import Relief
from strategies.washes.ledger import household
from strategies.washes.nouns import BadTrade, Trade
from strategies.washes.remembered import Memory
from tests.strategies.washes.households import household as drawn

D = Decimal
DAY = date(2024, 3, 4)


def steps(trades: Sequence[Trade], dice: Random) -> Iterator[list[Trade]]:
    """As a book grows: now a trade more, now one mended or taken back, in any order."""
    told: list[Trade] = []
    left = [*trades]
    while left:
        told.append(left.pop(dice.randrange(len(left)) if dice.random() < 0.2 else 0))
        yield [*told]
        if dice.random() < 0.2:
            place = dice.randrange(len(told))
            yield [*told[:place], *told[place + 1 :]]
        if dice.random() < 0.2:
            place = dice.randrange(len(told))
            told[place] = replace(told[place], price=told[place].price + 1)
            yield [*told]
        dice.shuffle(told)


@pytest.mark.parametrize("seed", range(60))
def test_it_is_what_a_ledger_without_a_memory_is(seed: int) -> None:
    dice, memory = Random(seed), Memory()  # noqa: S311
    world = drawn(seed).world
    symbols = sorted({one.symbol for one in world.trades})
    groups = dict.fromkeys(symbols[:2], symbols[0]) if seed % 3 == 0 else {}
    relief = [Relief.FIFO, Relief.LIFO, Relief.HIFO, Relief.LOFO][seed % 4]
    for trades in steps(world.trades, dice):
        outside = ("hsa",) if dice.random() < 0.1 else ()
        asked = {"group_of": groups, "outside": outside}
        try:
            plain = household(trades, relief, **asked)  # type: ignore[arg-type]
        except BadTrade as exc:
            with pytest.raises(BadTrade) as again:
                household(trades, relief, memory=memory, **asked)  # type: ignore[arg-type]
            same = (exc.place, exc.field, exc.what, exc.remedy)
            assert (again.value.place, again.value.field) == same[:2]
            assert (again.value.what, again.value.remedy) == same[2:]
            continue
        assert household(trades, relief, memory=memory, **asked) == plain  # type: ignore[arg-type]


def trade(symbol: str, side: str, quantity: int, days: int = 0, lot: str = "") -> Trade:
    day = DAY + timedelta(days=days)
    return Trade(day, "main", "taxable", symbol, side, D(quantity), D(100 - days), D(0), lot, "")


TRADES = [trade(name, "buy", 10) for name in ("VTI", "ITOT", "BND", "VXUS")]


def test_only_the_group_of_a_new_trade_is_worked_out() -> None:
    memory, groups = Memory(), {"VTI": "us", "ITOT": "us"}
    household(TRADES, group_of=groups, memory=memory)
    assert memory.worked == 3
    household(TRADES, group_of=groups, memory=memory)
    assert memory.worked == 3
    more = [*TRADES, trade("ITOT", "sell", 4, days=3)]
    found = household(more, group_of=groups, memory=memory)
    assert memory.worked == 4
    (loss,) = found.disposals
    assert loss.disallowed == 12, "VTI replaces it"
    household(more, memory=memory)
    assert memory.worked == 8, "with other groups nothing is remembered"


def test_what_is_gone_is_forgotten() -> None:
    memory = Memory()
    household(TRADES, memory=memory)
    household(TRADES[:1], memory=memory)
    household(TRADES, memory=memory)
    assert memory.worked == 4 + 3
