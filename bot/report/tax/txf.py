"""The sales of a year as a TXF file, which programs for tax returns read.

Tax Exchange Format, version 042 (Intuit, 30 November 2011): lines of one field each, a caret ends
a record. A sale is of record format 5: security, bought, sold, basis, net proceeds, and the loss
that is disallowed as a wash sale's, left empty where there is none. The reference number says the
part and box of Form 8949; 673 stands where neither basis nor term is known.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from bot.report.tax.form8949 import Form8949, FormPart, FormRow

VERSION = "V042"
REFERENCE: Mapping[str, int] = {"A": 321, "B": 711, "C": 712, "D": 323, "E": 713, "F": 714}
"""By the box of Form 8949."""

NOT_KNOWN = 673


def txf(form: Form8949, program: str, today: date) -> str:
    """The file; a line a field, without a line end behind the last."""
    records = [
        (VERSION, f"A{program}", f"D{today:%m/%d/%Y}"),
        *_sold(form.short),
        *_sold(form.long),
        *(_record(NOT_KNOWN, row) for row in form.unfinished),
    ]
    return "\n".join(line for record in records for line in (*record, "^"))


def _sold(part: FormPart) -> Iterator[tuple[str, ...]]:
    for row in part.rows:
        yield _record(REFERENCE[part.box], row)


def _record(reference: int, row: FormRow) -> tuple[str, ...]:
    return (
        "TD",
        f"N{reference}",
        "C1",
        "L1",
        f"P{row.description}",
        f"D{_day(row.acquired)}",
        f"D{_day(row.sold)}",
        f"${_amount(row.basis)}",
        f"${_amount(row.proceeds)}",
        f"${_amount(row.adjustment or None)}",
    )


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%m/%d/%Y}"


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
