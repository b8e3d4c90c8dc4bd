"""Who made which wash sale: all trades of a household counted anew, twice.

Once by the ledger over everything at once, once share by share by the oracle that knows only the
statute. A loss that is taken away is the plans' doing where the later of sale and purchase was
their order, and the broker's where it reinvested a dividend after the sale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from brokers.words import ZERO
from strategies.washes.ledger import household
from strategies.washes.nouns import BUY, REINVEST, Disposal, Household, Moved, Trade
from tests.strategies.washes.brute import World, work_out

TINY = Fraction(1, 10**6)


@dataclass(frozen=True, slots=True)
class Recount:
    """Dollars of losses, and how many moves of a loss: ``lost`` for good, ``deferred``.

    Those of ``plans`` were made by an order of a plan, those of ``broker`` by a reinvestment that
    came after the sale. ``harvested`` is all loss that counts, ``agrees`` whether ledger and oracle
    say the same of every piece sold.
    """

    trades: int
    sold: int
    harvested: Decimal
    plans_lost: Decimal
    plans_deferred: Decimal
    broker_lost: Decimal
    broker_deferred: Decimal
    agrees: bool


def recount(trades: Sequence[Trade], *, by_share: bool = True) -> Recount:
    """The whole journal; ``by_share`` asks the oracle too, which takes its time."""
    whole = household(trades)
    side = {(one.account, one.lot): one.side for one in trades if one.side in {BUY, REINVEST}}
    lost, deferred = {True: ZERO, False: ZERO}, {True: ZERO, False: ZERO}
    for one in whole.disposals:
        for move in one.moves:
            found = lost if move.is_lost else deferred
            found[_is_plans(one, move, side[move.account, move.lot])] += move.loss
    return Recount(
        trades=len(trades),
        sold=len(whole.disposals),
        harvested=sum((-one.recognised for one in whole.disposals if one.recognised < 0), ZERO),
        plans_lost=lost[True],
        plans_deferred=deferred[True],
        broker_lost=lost[False],
        broker_deferred=deferred[False],
        agrees=not by_share or _agrees(whole, trades),
    )


def _is_plans(sold: Disposal, move: Moved, side: str) -> bool:
    return side == BUY or move.acquired <= sold.sold


Key = tuple[str, str, object]


def _agrees(whole: Household, trades: Sequence[Trade]) -> bool:
    """Gain, what is disallowed and what is lost, by account, lot and day of sale."""
    ours, theirs = dict[Key, list[Fraction]](), dict[Key, list[Fraction]]()
    for one in (*whole.disposals, *whole.sheltered):
        numbers = (one.gain, one.disallowed, one.permanently_lost)
        _add(ours, (one.account, one.lot, one.sold), [Fraction(each) for each in numbers])
    for symbol in {trade.symbol for trade in trades}:
        world = World([trade for trade in trades if trade.symbol == symbol])
        for piece in work_out(world):
            if piece.sold is not None:
                numbers = [piece.proceeds - piece.basis, piece.disallowed, piece.lost]
                _add(theirs, (piece.account, piece.lot, piece.sold), numbers)
    return ours.keys() == theirs.keys() and all(
        abs(a - b) < TINY
        for key, numbers in ours.items()
        for a, b in zip(numbers, theirs[key], strict=True)
    )


def _add(sums: dict[Key, list[Fraction]], key: Key, numbers: list[Fraction]) -> None:
    before = sums.get(key, [Fraction(0)] * 3)
    sums[key] = [a + b for a, b in zip(before, numbers, strict=True)]
