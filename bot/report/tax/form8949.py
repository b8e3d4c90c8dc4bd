"""Form 8949: a row for each sale in the form's own columns, part I short-term, part II long-term.

Which box is ticked depends on what the broker told the IRS on Form 1099-B (26 CFR 1.6045-1(d)),
which nobody here can know: it is assumed, and said. Amounts are in cents; (h) is (d) - (e) + (g)
of the row, and the totals are of the rows, as the form adds them up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal

from bot.report.amounts import quantity
from bot.report.tax.figures import DisposalRow, TaxStatement, UnknownSale
from strategies.washes.nouns import TAXABLE

CENT = Decimal("0.01")
WASHED = "W"
"""Column (f): a loss that is disallowed as a wash sale's."""


class Box(StrEnum):
    """What the broker told the IRS, by the letter of part I; part II has D, E and F."""

    A = "A"
    """A 1099-B with the basis."""
    B = "B"
    """A 1099-B without it."""
    C = "C"
    """No 1099-B."""

    @property
    def long(self) -> str:
        """The letter of part II."""
        return chr(ord(self.value) + 3)


TOLD = {
    Box.A: "on a 1099-B with the basis",
    Box.B: "on a 1099-B without the basis",
    Box.C: "on no 1099-B",
}


@dataclass(frozen=True, slots=True)
class FormRow:
    """Columns (a) to (h). Basis and gain are null where the basis is not known."""

    description: str
    acquired: date | None
    sold: date
    proceeds: Decimal
    basis: Decimal | None
    code: str
    adjustment: Decimal
    gain: Decimal | None


@dataclass(frozen=True, slots=True)
class FormPart:
    """Part I or II; the totals are those of line 2."""

    part: Literal["I", "II"]
    box: str
    rows: tuple[FormRow, ...]
    proceeds: Decimal
    basis: Decimal
    adjustment: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Form8949:
    """Both parts of one year, under the boxes that are ``assumed``.

    ``unfinished`` are sales of unknown basis: find it, and put them into the part that they belong
    to. ``tacked`` are rows of part II whose days count those of a lot before them.
    """

    year: int
    assumed: str
    short: FormPart
    long: FormPart
    unfinished: tuple[FormRow, ...]
    tacked: tuple[str, ...]


def form8949(told: TaxStatement, year: int, box: Box) -> Form8949:
    """The form of ``year``."""
    short = [row for row in told.disposals if row.term == "short"]
    long = [row for row in told.disposals if row.term == "long"]
    moved = (row for row in told.disposals if row.held_since != row.acquired)
    return Form8949(
        year=year,
        assumed=(
            f"Boxes {box.value} and {box.long} are assumed: that the broker told the IRS of every "
            f"sale {TOLD[box]}. Your 1099-B says which holds."
        ),
        short=_part("I", box.value, short),
        long=_part("II", box.long, long),
        unfinished=tuple(
            FormRow(_described(row), None, row.sold, _cents(row.proceeds), None, "", CENT * 0, None)
            for row in told.unknown.disposals
            if row.kind == TAXABLE
        ),
        tacked=tuple(f"{_described(row)}, sold {row.sold}" for row in moved if row.term == "long"),
    )


def _part(part: Literal["I", "II"], box: str, sold: Iterable[DisposalRow]) -> FormPart:
    rows = tuple(map(_row, sold))
    return FormPart(
        part=part,
        box=box,
        rows=rows,
        proceeds=_sum(row.proceeds for row in rows),
        basis=_sum(row.basis for row in rows),
        adjustment=_sum(row.adjustment for row in rows),
        gain=_sum(row.gain for row in rows),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def _row(sold: DisposalRow) -> FormRow:
    proceeds, basis = _cents(sold.proceeds), _cents(sold.basis)
    adjustment = _cents(sold.disallowed)
    if sold.recognised == 0:  # all of the loss is washed: no cent of it is left over by rounding
        adjustment = basis - proceeds if sold.disallowed else adjustment
    return FormRow(
        description=_described(sold),
        acquired=sold.acquired,
        sold=sold.sold,
        proceeds=proceeds,
        basis=basis,
        code=WASHED if adjustment else "",
        adjustment=adjustment,
        gain=proceeds - basis + adjustment,
    )


def _described(sold: DisposalRow | UnknownSale) -> str:
    return f"{quantity(sold.quantity)} sh. {sold.symbol}"


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
