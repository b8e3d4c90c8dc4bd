"""Form 8949 as a page for a terminal, and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal

from bot.report.amounts import number
from bot.report.tables import Align, Column, Table
from bot.report.tax.form8949 import Form8949, FormPart, FormRow
from bot.report.text import render, wrap

COLUMNS = (
    Column("(a) property", Align.LEFT),
    Column("(b)"),
    Column("(c) sold"),
    Column("(d) proceeds"),
    Column("(e) basis"),
    Column("(f)", Align.LEFT),
    Column("(g)"),
    Column("(h) gain"),
)


def form_page(form: Form8949) -> str:
    """The form for a person to copy from or to hold against another."""
    titles = (
        (form.short, f"Part I, short-term, box {form.short.box}"),
        (form.long, f"Part II, long-term, box {form.long.box}"),
    )
    tables = [_table(title, part) for part, title in titles if part.rows]
    if form.unfinished:
        rows = tuple(map(_cells, form.unfinished))
        tables.append(Table("Basis unknown: find it first", COLUMNS, rows))
    said = [f"Form 8949 for {form.year}. {form.assumed}"]
    if not tables:
        said.append("There is nothing to put on it.")
    if form.tacked:
        said.append(
            "Long-term by the days of a lot before it, whose loss it took up (26 U.S.C. 1223(3)): "
            f"{'; '.join(form.tacked)}."
        )
    return "\n\n".join((*map(wrap, said), *map(render, tables)))


def _table(title: str, part: FormPart) -> Table:
    total = ("line 2", "", "", number(part.proceeds), number(part.basis), "")
    last = (*total, _or_blank(part.adjustment), number(part.gain))
    return Table(title, COLUMNS, (*map(_cells, part.rows), last))


def _cells(row: FormRow) -> tuple[str, ...]:
    return (
        row.description,
        _day(row.acquired),
        _day(row.sold),
        number(row.proceeds),
        "" if row.basis is None else number(row.basis),
        row.code,
        _or_blank(row.adjustment),
        "" if row.gain is None else number(row.gain),
    )


def _day(day: date | None) -> str:
    """Month, day and year, as the form asks for."""
    return "" if day is None else f"{day:%m/%d/%y}"


def _or_blank(amount: Decimal) -> str:
    return number(amount) if amount else ""


def form_csv(form: Form8949) -> str:
    """All rows with their part and box, without a line end behind the last."""
    names = [field.name for field in fields(FormRow)]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("part", "box", *names))
    for part, box, some in _parts(form):
        rows.writerows((part, box, *(_cell(getattr(row, name)) for name in names)) for row in some)
    return out.getvalue().rstrip("\n")


def _parts(form: Form8949) -> Sequence[tuple[str, str, Sequence[FormRow]]]:
    return (
        (form.short.part, form.short.box, form.short.rows),
        (form.long.part, form.long.box, form.long.rows),
        ("", "", form.unfinished),
    )


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)
