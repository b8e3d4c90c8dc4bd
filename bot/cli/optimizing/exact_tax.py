"""The tax of an answer, exactly: lot by lot, or netted over all names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.cli.optimizing.exact import ZERO, Row, minus, row
from strategies.optimize.netting.gains import Gains
from strategies.optimize.netting.law import Netting
from strategies.optimize.problem import Array, Lots, Problem


@dataclass(frozen=True, slots=True)
class Year:
    """What gains and losses come to; ``broken`` is by how much the lots sold miss the sales."""

    tax: Decimal
    net_short: Decimal
    net_long: Decimal
    broken: Decimal


def lots_tax(problem: Problem, sold: Row) -> Decimal:
    """The tax of the lots of all names, of which ``sold`` is sold."""
    return sum((_tax(lots, sold[lots.name]) for lots in problem.lots if lots.weights.size), ZERO)


def _tax(lots: Lots, sold: Decimal) -> Decimal:
    """Lots in the order they are sold; what is beyond pays as the dearest, at least nothing."""
    ladder = list(zip(row(lots.taxes), row(lots.weights), strict=True))
    due, left = ZERO, sold
    for tax, weight in ladder if lots.in_order else sorted(ladder):
        taken = min(left, weight)
        due, left = due + tax * taken, left - taken
    return due + left * max(ZERO, *(tax for tax, _ in ladder), ZERO)


def netted(
    problem: Problem, year: tuple[tuple[Gains, ...], Netting], sold: Row, taken: Sequence[Array]
) -> Year:
    """The tax that the lots ``taken`` add to the year, and whether they are what is ``sold``."""
    gains, netting = year
    net, broken = {True: ZERO, False: ZERO}, ZERO
    reach = minus(row(problem.current), row(problem.lower))
    for lots, given in zip(gains, taken, strict=True):
        widths, sale = row(lots.weights), sold[lots.name]
        amounts = _in_turn(widths, sale) if lots.in_order else row(given)
        beyond = sale - sum(amounts, ZERO)
        room = max(ZERO, reach[lots.name] - sum(widths, ZERO))
        broken = max(broken, -beyond, beyond - room, *(-amount for amount in amounts))
        broken = max(broken, *minus(amounts, widths))
        for gain, is_short, amount in _per_lot(lots, amounts, beyond):
            net[is_short] += gain * amount
    so_far = Decimal(netting.net_short), Decimal(netting.net_long)
    after = so_far[0] + net[True], so_far[1] + net[False]
    return Year(_due(netting, *after) - _due(netting, *so_far), *after, broken)


def _per_lot(lots: Gains, amounts: Row, beyond: Decimal) -> Iterator[tuple[Decimal, bool, Decimal]]:
    """Gain per dollar, whether it is short, and what is sold; the last is what lies beyond."""
    gains, terms = row(lots.gain_per_dollar), lots.is_short.tolist()
    yield from zip(gains, terms, amounts, strict=True)
    dearest = gains.index(max(gains))
    yield max(ZERO, gains[dearest]), terms[dearest], max(ZERO, beyond)


def _in_turn(widths: Row, sold: Decimal) -> Row:
    amounts, left = list[Decimal](), sold
    for width in widths:
        amounts.append(min(left, width))
        left -= amounts[-1]
    return tuple(amounts)


def _due(netting: Netting, short: Decimal, long: Decimal) -> Decimal:
    """26 U.S.C. 1222, 1211(b) and 1212(b)."""
    net = short + long
    if net < 0:
        deducted = min(-net, Decimal(netting.loss_limit))
        carried = -net - deducted
        return -Decimal(netting.ordinary_rate) * deducted - Decimal(netting.loss_worth) * carried
    short_rate, long_rate = Decimal(netting.short_rate), Decimal(netting.long_rate)
    if short >= 0 and long >= 0:
        return short_rate * short + long_rate * long
    return (short_rate if short > 0 else long_rate) * net
