"""What companies did to shares of an account held elsewhere: lines of two files as nouns."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from brokers.manual.nouns import Frame
from brokers.manual.row import Row
from brokers.words import OWNERS_NOUNS, Action, Split, Symbol, takes

TAXABLE = "taxable"
YES, NO = "yes", "no"

COLUMN: Mapping[str, str] = {
    "ratio": "ratio",
    "new_symbol": "new_symbol",
    "basis_share": "basis_share",
    "cash": "cash",
    "value": "value",
    "is_taxable": TAXABLE,
    "cash_in_lieu": "cash_in_lieu",
    "amount": "amount",
    "paid": "paid",
}
"""The column that a field is read from."""


def splits(rows: Sequence[Row], _frame: Frame) -> tuple[Action, ...]:
    """Splits, oldest first."""
    found = [
        Split(_name(row, "split"), row.symbol(), row.positive("ratio"), row.day("effective"))
        for row in rows
    ]
    return _once(rows, found, "effective")


def actions(rows: Sequence[Row], frame: Frame) -> tuple[Action, ...]:
    """Corporate actions of every kind, oldest first."""
    found = [_action(row, frame) for row in rows]
    told = [(row, one) for row, one in zip(rows, found, strict=True) if one is not None]
    return _once([row for row, _ in told], [one for _, one in told], "effective")


def _action(row: Row, frame: Frame) -> Action | None:
    """The action of a line; None where its kind is none, which is said."""
    kind = row.cells.get("kind", "").lower()
    if kind not in OWNERS_NOUNS:
        row.wrong("kind", f"must be one of {', '.join(OWNERS_NOUNS)}")
        return None
    symbol, effective = row.symbol(), row.day("effective")
    if effective > frame.now.date():
        row.wrong("effective", f"lies in the future: today is {frame.now:%Y-%m-%d}")
    name = _name(row, kind)
    made = OWNERS_NOUNS[kind](
        action_id=name, symbol=symbol, effective=effective, **_told(row, kind)
    )
    _check(row, kind, symbol)
    return made


def _told(row: Row, kind: str) -> dict[str, Any]:
    """What the line tells of an action of this kind; complains of what is missing or too much."""
    known = takes(kind)
    for field, column in COLUMN.items():
        if field not in known and row.has(column):
            row.wrong(column, f"a {kind} has none")
    return {
        field: READ[field](row)
        for field, is_needed in known.items()
        if is_needed or row.has(COLUMN[field])
    }


def _check(row: Row, kind: str, symbol: Symbol) -> None:
    if row.has("new_symbol") and row.cells["new_symbol"] == symbol:
        row.wrong("new_symbol", "is the old symbol")
    if kind != "merger":
        return
    is_new = row.has("new_symbol")
    if is_new != row.has("ratio"):
        row.wrong("ratio", "a merger gives new shares by new_symbol and ratio, or neither")
    beside = row.has("cash") or row.cells.get(TAXABLE, "").lower() == YES
    if is_new and beside and not row.has("value"):
        row.wrong("value", "must tell what a new share was worth: cash came too, or it is taxable")
    if not is_new and not row.has("cash"):
        row.wrong("cash", "is 0 where shares went for nothing")


def _share(row: Row) -> Decimal:
    share = row.not_negative("basis_share")
    if share > 1 or not row.has("basis_share"):
        row.wrong("basis_share", "must be the part of the basis that goes along: 0.13 is 13 %")
    return share


def _is_taxable(row: Row) -> bool:
    word = row.cells.get(TAXABLE, "").lower()
    if word not in {YES, NO}:
        row.wrong(TAXABLE, f"must be {YES} or {NO}")
    return word == YES


READ: Mapping[str, Callable[[Row], object]] = {
    "ratio": lambda row: row.positive("ratio"),
    "new_symbol": lambda row: row.symbol("new_symbol"),
    "basis_share": _share,
    "cash": lambda row: row.not_negative("cash"),
    "value": lambda row: row.positive("value"),
    "is_taxable": _is_taxable,
    "cash_in_lieu": lambda row: row.not_negative("cash_in_lieu"),
    "amount": lambda row: row.positive("amount"),
    "paid": lambda row: row.day("paid"),
}
"""How the field of an action is read."""


def _name(row: Row, kind: str) -> str:
    """Its own id, or one of what it is: told again differently it needs one of its own."""
    if row.has("id"):
        return row.name("id")
    cells = (row.cells.get(column, "") for column in ("symbol", "effective"))
    return ":".join((kind, *cells))


def _once(rows: Sequence[Row], found: Sequence[Action], column: str) -> tuple[Action, ...]:
    """``found``, complaining of a line that tells what an earlier one has told."""
    first: dict[str, str] = {}
    for row, action in zip(rows, found, strict=True):
        if first.setdefault(action.action_id, row.place) != row.place:
            row.wrong(column, f"is on {first[action.action_id]} already")
    return tuple(sorted(found, key=lambda action: action.effective))
