"""Activities that are no trade: what has taken effect, and which of them belong together. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from brokers.alpaca.fields import Row, number_or_none
from brokers.words import ZERO, Symbol

WHAT = "activity"
FILL = "FILL"
SPLIT = "SPLIT"
RENAME = "NC"
MERGER = "MA"
SPIN_OFF = "SPIN"

SHARE_MOVES = {
    "JNLS",
    "ACATS",
    "FOPT",
    SPIN_OFF,
    MERGER,
    "REO",
    "REORG",
    "VOF",
    SPLIT,
    RENAME,
}
"""Types whose ``qty`` is shares that came or went. Of a dividend it is the shares it is paid on,
but for one that is paid in shares."""

IN_LEGS = {SPLIT, RENAME}
"""Types that come as a leg out and a leg in."""

UNDONE = "canceled"
UNDOING = "::undone"
"""Behind the id of what undoes an activity."""

IN_EFFECT = {"executed", "correct", UNDONE}


def booked(rows: Iterable[Row]) -> Iterator[Row]:
    """What is no trade and has taken effect; what is still under way is told when it has."""
    for row in rows:
        if row.get("activity_type") != FILL and row.get("status", "executed") in IN_EFFECT:
            yield row


def symbol_of(row: Row) -> Symbol | None:
    """The symbol of an activity that has one."""
    symbol = row.get("symbol")
    return Symbol(symbol) if isinstance(symbol, str) and symbol else None


def cash_of(row: Row) -> Decimal:
    """Cash that this activity moved."""
    return number_or_none(row, "net_amount", WHAT) or ZERO


def is_share_dividend(row: Row) -> bool:
    """Whether it is a dividend that is paid in shares."""
    is_one = row.get("activity_type") == "DIV" and row.get("activity_sub_type") == "SDIV"
    return is_one and not cash_of(row)


def shares_of(row: Row) -> Decimal:
    """Shares that this activity moved; zero where its quantity means something else."""
    moves = is_share_dividend(row) or row.get("activity_type") in SHARE_MOVES
    return number_or_none(row, "qty", WHAT) or ZERO if moves else ZERO


def exchanges(rows: Iterable[Row]) -> list[list[Row]]:
    """Legs of splits and renamings that belong together, by group or by name and date."""
    groups: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in booked(rows):
        kind = row.get("activity_type")
        if kind in IN_LEGS and row.get("status") != UNDONE and shares_of(row):
            apart = (row.get("symbol"), row.get("date"))
            groups[(kind, row["group_id"]) if row.get("group_id") else (kind, *apart)].append(row)
    return list(groups.values())


def pair(legs: Sequence[Row]) -> tuple[Row, Row] | None:
    """The leg out and the leg in, where they are the only two."""
    out = [leg for leg in legs if shares_of(leg) < 0]
    back = [leg for leg in legs if shares_of(leg) > 0]
    return (out[0], back[0]) if len(out) == len(back) == 1 else None


def same_symbol(legs: tuple[Row, Row]) -> bool:
    """Whether both legs are of one symbol."""
    return symbol_of(legs[0]) == symbol_of(legs[1])


def is_told(legs: Sequence[Row]) -> bool:
    """Whether the legs are an exchange that is told in full, and so no transfers.

    A split keeps the symbol; a renaming keeps the shares.
    """
    found = pair(legs)
    if found is None:
        return False
    if same_symbol(found):
        return True
    keeps = shares_of(found[0]) == -shares_of(found[1])
    named = all(symbol_of(leg) for leg in found)
    return keeps and named and legs[0].get("activity_type") == RENAME
