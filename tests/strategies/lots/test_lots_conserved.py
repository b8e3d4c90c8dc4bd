"""No share and no dollar of basis is made or lost, whatever happens to the lots, in any order told.

Random journals of purchases, sales and every corporate action, against totals that are kept by
themselves: shares of each symbol, and dollars paid in, taken out and given back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from lot_journals import VTI, D, Event, add_up, event, lots_text

from brokers.words import ZERO, Relief, Symbol
from strategies.lots import Cause, Ledger, Rules
from strategies.policy import TaxPolicy

NEW = Symbol("NEW")
CAPITAL = Cause.RETURN_OF_CAPITAL
START = date(2023, 1, 2)
A_TRILLIONTH = D("1e-12")

shares = st.decimals("0.000000001", "500", places=9)
prices = st.decimals("0.01", "900", places=2)
ratios = st.sampled_from(["4", "2", "1.5", "0.5", "0.1", "0.333333333", "0.05", "1.0387"])


@dataclass(slots=True)
class Totals:
    """Shares of VTI and NEW, and dollars of basis that must be somewhere.

    ``is_dust`` where a position became less than half a billionth of a share: it is gone, and its
    basis with it.
    """

    lines: list[str] = field(default_factory=list)
    held: Decimal = ZERO
    beside: Decimal = ZERO
    basis: Decimal = ZERO
    is_dust: bool = False

    def become(self, times: Fraction) -> Decimal:
        """Shares that all of VTI become."""
        after = Decimal(round(Fraction(self.held) * times * 10**9)).scaleb(-9)
        self.is_dust = self.is_dust or not after
        return after


@dataclass(frozen=True, slots=True)
class Step:
    """What is drawn for one event."""

    what: str
    quantity: Decimal
    price: Decimal
    ratio: str
    share: Decimal

    @property
    def times(self) -> Fraction:
        """The ratio as it is meant."""
        return Fraction(1, 3) if self.ratio == "0.333333333" else Fraction(self.ratio)


def buy(told: Totals, step: Step) -> str:
    told.held += step.quantity
    told.basis += step.quantity * step.price + D("0.35")
    return f"buy {step.quantity:f}@{step.price:f} fee 0.35"


def sell(told: Totals, step: Step) -> str:
    sold = (told.held * step.share).quantize(D("1e-9"))
    told.held -= sold
    return f"sell {sold:f}@{step.price:f}" if sold else ""


def split(told: Totals, step: Step) -> str:
    told.held = told.become(step.times)
    return f"split {step.ratio}"


def lieu(told: Totals, step: Step) -> str:
    after = told.become(step.times)
    told.held = after.to_integral_value(ROUND_DOWN)
    return f"split {step.ratio}{' lieu 3.21' if after != told.held else ''}"


def capital(told: Totals, step: Step) -> str:
    told.basis -= step.price * told.held
    return f"capital {step.price:f}"


def spin(told: Totals, step: Step) -> str:
    told.beside += told.become(step.times)
    return f"spin NEW {step.ratio} share {step.share:f}"


def boot(told: Totals, step: Step) -> str:
    told.beside += told.become(step.times)
    told.held = ZERO
    return f"merge NEW {step.ratio} cash 1.25 value {step.price:f}"


def rename(told: Totals, _step: Step) -> str:
    told.beside, told.held = told.beside + told.held, ZERO
    return "rename NEW"


def write(drawn: Sequence[tuple[str, Decimal, Decimal, str, Decimal]]) -> Totals:
    """A journal of VTI with NEW beside it, and what its totals must be."""
    told = Totals()
    for at, step in enumerate(Step(*each) for each in drawn):
        act = buy if not told.held else ACTS[step.what]
        line = act(told, step)
        if line:
            told.lines.append(f"{START + timedelta(days=40 * at):%y-%m-%d} {line}")
    return told


ACTS: dict[str, Callable[[Totals, Step], str]] = {
    act.__name__: act for act in (buy, sell, split, lieu, capital, spin, boot, rename)
}
steps = st.tuples(
    st.sampled_from([*ACTS, "buy"]), shares, prices, ratios, st.decimals("0", "1", places=3)
)


def journal(told: Totals) -> list[Event]:
    return [event(line) for line in told.lines]


def open_basis(found: Ledger) -> Decimal:
    return sum((one.cost or ZERO for held in found.lots.values() for one in held), ZERO)


methods = st.sampled_from([*Relief])


@settings(max_examples=150)
@given(st.lists(steps, min_size=1, max_size=9), methods)
def test_shares_and_basis_are_conserved(
    drawn: list[tuple[str, Decimal, Decimal, str, Decimal]], method: Relief
) -> None:
    told = write(drawn)
    found = add_up(journal(told), Rules(TaxPolicy(relief=method)))
    assert (found.quantity(VTI), found.quantity(NEW)) == (told.held, told.beside)
    spent = sum((one.basis or ZERO for one in found.realized), ZERO)
    excess = sum((one.proceeds for one in found.realized if one.cause is CAPITAL), ZERO)
    assert told.is_dust or abs(open_basis(found) + spent - excess - told.basis) < A_TRILLIONTH


@settings(max_examples=100)
@given(st.lists(steps, min_size=1, max_size=9), methods, st.randoms(use_true_random=False))
def test_the_order_in_which_it_is_told_does_not_matter(
    drawn: list[tuple[str, Decimal, Decimal, str, Decimal]],
    method: Relief,
    random: Random,
) -> None:
    told = journal(write(drawn))
    shuffled = list(told)
    random.shuffle(shuffled)
    rules = Rules(TaxPolicy(relief=method))
    assert add_up(shuffled, rules) == add_up(told, rules)
    assert lots_text(add_up([*told, *shuffled], rules)) == lots_text(add_up(told, rules))
