"""What holds for every household: nothing is made or lost on the way, and the questions agree.

Households are drawn: two taxable accounts and an IRA, one or two securities, splits, fees,
fractions, days close together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from brokers.words import Relief
from strategies.washes.ledger import household
from strategies.washes.nouns import Household, Trade
from strategies.washes.queries import locked_until, would_wash
from strategies.washes.relieving import RELIEF_KEYS

ACCOUNTS = {"main": "taxable", "hers": "taxable", "ira": "ira"}
BEGIN = date(2024, 1, 2)
LAST = BEGIN + timedelta(days=90)
METHODS = tuple(RELIEF_KEYS)
UNIT = Decimal("0.333333333")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Trades, and how sales choose their lots."""

    trades: tuple[Trade, ...]
    relief: Relief
    group_of: dict[str, str]

    def worked_out(self) -> Household:
        """The ledger's answer."""
        return household(self.trades, self.relief, group_of=self.group_of)


@st.composite
def households(draw: st.DrawFn, splits: bool = True) -> Drawn:  # noqa: FBT001, FBT002  # by name only
    """A household that never sells what it does not hold."""
    days = sorted(draw(st.lists(st.integers(0, 90), min_size=3, max_size=14)))
    unit = draw(st.sampled_from([Decimal(1), UNIT]))
    held: dict[tuple[str, str], int] = {}
    trades: list[Trade] = []
    for place, offset in enumerate(days):
        account = draw(st.sampled_from([*ACCOUNTS]))
        symbol = draw(st.sampled_from(["VTI", "ITOT"]))
        there = held.get((account, symbol), 0)
        sells = there > 0 and draw(st.booleans())
        count = draw(st.integers(1, there if sells else 6))
        held[account, symbol] = there - count if sells else there + count
        amounts = (draw(st.integers(70, 110)), draw(st.sampled_from(["0", "0.35", "1"])))
        trades.append(
            Trade(
                day=BEGIN + timedelta(days=offset),
                account=account,
                kind=ACCOUNTS[account],
                symbol=symbol,
                side="sell" if sells else "buy",
                quantity=count * unit,
                price=Decimal(amounts[0]),
                fee=Decimal(amounts[1]),
                lot="" if sells else f"L{place:02}",
                order="" if sells else draw(st.sampled_from(["", f"O{account}{offset}"])),
            )
        )
    if splits and draw(st.booleans()):
        trades.append(_split(BEGIN + timedelta(days=91)))
    relief = draw(st.sampled_from(METHODS))
    group_of = draw(st.sampled_from([{}, {"VTI": "market", "ITOT": "market"}]))
    return Drawn(tuple(trades), relief, group_of)


def _split(day: date) -> Trade:
    zero = Decimal(0)
    return Trade(day, "", "", "VTI", "split", Decimal(3), zero, zero, "", "")


def total(numbers: Iterable[Decimal]) -> Fraction:
    """Their sum, exact."""
    return sum(map(Fraction, numbers), Fraction(0))


@given(drawn=households(), turn=st.randoms(use_true_random=False))
def test_the_order_of_rows_is_nothing(drawn: Drawn, turn: object) -> None:
    rows = list(drawn.trades)
    turn.shuffle(rows)  # type: ignore[attr-defined]  # hypothesis hands a Random
    found = replace(drawn, trades=tuple(rows)).worked_out()
    assert replace(found, notes=()) == replace(drawn.worked_out(), notes=())


@given(drawn=households())
def test_no_dollar_is_made_or_lost(drawn: Drawn) -> None:
    """In taxable accounts: what came in less what went out is what counts, is held, or is lost."""
    found = drawn.worked_out()
    taxable = [trade for trade in drawn.trades if trade.kind == "taxable"]
    cash = Fraction(0)
    for trade in taxable:
        value = Fraction(trade.quantity) * Fraction(trade.price)
        cash += (value if trade.side == "sell" else -value) - Fraction(trade.fee)
    held = total(one.basis for one in found.open_lots if one.kind == "taxable")
    lost = total(one.permanently_lost for one in found.disposals)
    assert cash + held + lost == total(one.recognised for one in found.disposals)
    for one in found.disposals:
        assert one.recognised == one.proceeds - one.basis + one.disallowed
        assert one.disallowed == sum(move.loss for move in one.moves)
        assert 0 <= one.permanently_lost <= one.disallowed <= max(Decimal(0), -one.gain)
        assert (one.unreplaced > 0) == (one.recognised < 0)


@given(drawn=households())
def test_no_share_is_made_or_lost(drawn: Drawn) -> None:
    found = drawn.worked_out()
    for account, symbol in {(t.account, t.symbol) for t in drawn.trades if t.side == "buy"}:
        here = [t for t in drawn.trades if (t.account, t.symbol) == (account, symbol)]
        bought = total(trade.quantity for trade in here if trade.side == "buy")
        sold = total(trade.quantity for trade in here if trade.side == "sell")
        gone = total(
            one.quantity
            for one in (*found.disposals, *found.sheltered)
            if (one.account, one.symbol) == (account, symbol)
        )
        held = total(
            one.quantity
            for one in found.open_lots
            if (one.account, one.symbol) == (account, symbol)
        )
        is_split = symbol == "VTI" and any(trade.side == "split" for trade in drawn.trades)
        assert abs(gone - sold) < Fraction(1, 10**8)
        assert abs(held / (3 if is_split else 1) - (bought - sold)) < Fraction(1, 10**8)


@given(drawn=households())
def test_no_more_is_replaced_than_is_bought(drawn: Drawn) -> None:
    """In 61 days, in shares as of the loss, and never by the same purchase."""
    found = drawn.worked_out()
    bought = {(trade.account, trade.lot): trade for trade in drawn.trades if trade.side == "buy"}
    used: dict[tuple[str, str], Fraction] = {}
    for one in found.disposals:
        for move in one.moves:
            key = (move.account, move.lot)
            used[key] = used.get(key, Fraction(0)) + Fraction(move.quantity)
            assert abs((move.acquired - one.sold).days) <= 30
            old, new = bought[one.account, one.lot], bought[key]
            assert old != new
            assert not old.order or old.order != new.order
    for key, quantity in used.items():
        assert quantity <= Fraction(bought[key].quantity) + Fraction(1, 10**8)


@given(drawn=households(splits=False), price=st.integers(60, 100), later=st.integers(1, 40))
def test_what_a_sale_would_lose_is_what_it_loses(drawn: Drawn, price: int, later: int) -> None:
    found = drawn.worked_out()
    there = [one for one in found.open_lots if one.account == "main" and one.symbol == "VTI"]
    if not there:
        assert not any(one.account == "main" and one.symbol == "VTI" for one in found.open_lots)
        return
    amount = sum(one.quantity for one in there)
    day = LAST + timedelta(days=later)
    sale = _sale(day, amount, Decimal(price))
    asked = would_wash(found, sale, drawn.relief)
    trades = (*drawn.trades, sale)
    made = household(trades, drawn.relief, group_of=drawn.group_of)
    sold = [one for one in made.disposals if one.sold == day]
    assert asked.lost == sum(one.permanently_lost for one in sold)
    assert asked.deferred + asked.lost == sum(one.disallowed for one in sold)
    assert asked.loss == -sum(one.gain for one in sold if one.gain < 0)
    assert {move.lot for move in asked.because} == {m.lot for one in sold for m in one.moves}


def _sale(day: date, quantity: Decimal, price: Decimal) -> Trade:
    return Trade(day, "main", "taxable", "VTI", "sell", quantity, price, Decimal(0), "", "")


@given(drawn=households(splits=False), later=st.integers(0, 29), count=st.integers(1, 9))
def test_what_a_buy_would_take_away_is_what_it_takes(drawn: Drawn, later: int, count: int) -> None:
    found = drawn.worked_out()
    before = sum(one.disallowed for one in found.disposals)
    locked = locked_until(found, "VTI", LAST + timedelta(days=later))
    day = LAST + timedelta(days=later) if locked is None else locked.locks[-1].until
    again = locked_until(found, "VTI", day)
    expected = Decimal(0) if again is None else again.taken_by(Decimal(count))
    amounts = (Decimal(count), Decimal(80), Decimal(0))
    buy = Trade(day, "hers", "taxable", "VTI", "buy", *amounts, "new", "")
    made = household((*drawn.trades, buy), drawn.relief, group_of=drawn.group_of)
    first = sum(one.disallowed for one in made.disposals) - before
    assert abs(first - expected) < Decimal("1e-9")
    if again is not None:
        late = replace(buy, day=again.free_from)
        made = household((*drawn.trades, late), drawn.relief, group_of=drawn.group_of)
        assert sum(one.disallowed for one in made.disposals) == before
