"""The ledger beside the share-by-share oracle: every field of every piece.

``difference`` is empty where both say the same of a household; otherwise it is a small table, of
the fewest trades on which they still disagree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from brokers.words import Relief
from strategies.washes.ledger import household as ledger
from strategies.washes.nouns import BadTrade, Disposal, Household, Moved, OpenLot
from tests.strategies.washes.brute import AS_IT_STANDS, Law, Move, Oversold, Piece, World, work_out

TINY = Fraction(1, 10**9)
"""Thirds of a cent have no decimal: the ledger may err by this much of a dollar, a share never."""

Row = Mapping[str, object]


def ledger_of(world: World) -> Household:
    """What the ledger makes of it."""
    outside = world.outside
    return ledger(world.trades, Relief(world.relief), group_of=world.group_of, outside=outside)


def of_law(pieces: Iterable[Piece]) -> list[Row]:
    """The oracle's pieces, in the fields of the ledger."""
    return [_open(piece) if piece.sold is None else _sold(piece) for piece in pieces]


def _common(piece: Piece) -> Row:
    return {
        "lot": piece.lot,
        "account": piece.account,
        "kind": piece.kind,
        "symbol": piece.symbol,
        "quantity": piece.quantity,
        "basis": piece.basis,
        "acquired": piece.acquired,
        "held_since": piece.held_since,
    }


def _open(piece: Piece) -> Row:
    return {**_common(piece), "free": piece.free, "purchase": str(piece.purchase)}


def _sold(piece: Piece) -> Row:
    gain = piece.proceeds - piece.basis
    return {
        **_common(piece),
        "sold": piece.sold,
        "proceeds": piece.proceeds,
        "gain": gain,
        "disallowed": piece.disallowed,
        "permanently_lost": piece.lost,
        "recognised": gain + piece.disallowed if piece.kind == "taxable" else Fraction(0),
        "term": piece.term,
        "unreplaced": piece.unreplaced,
        "moves": _moves(piece.moves),
    }


def _moves(moves: Iterable[Move | Moved]) -> list[tuple[object, ...]]:
    """By account and lot, numbers as fractions."""
    rows = [tuple(_exact(getattr(one, name)) for name in Move.__slots__) for one in moves]
    return sorted(rows, key=lambda row: (str(row[1]), str(row[0])))


def of_ledger(home: Household) -> list[Row]:
    """The ledger's disposals and open lots, numbers as fractions."""
    found: list[Disposal | OpenLot] = [*home.disposals, *home.sheltered, *home.open_lots]
    return [{name: _exact(getattr(one, name)) for name in one.__slots__} for one in found]


def _exact(value: object) -> object:
    if isinstance(value, tuple):
        return _moves(value)
    return Fraction(value) if isinstance(value, Decimal) else value


def difference(world: World, law: Law = AS_IT_STANDS, known: Sequence[Piece] = ()) -> str:
    """Where ledger and ``law`` part ways; ``known`` is what the law says, where that is known."""
    pieces = known or work_out(world, law)
    if not any(unlike(of_law(pieces), of_ledger(ledger_of(world)))):
        return ""
    return _table(least(world, law), law)


def least(world: World, law: Law = AS_IT_STANDS) -> World:
    """The same difference on as few trades as can be, without fees, orders and groups."""
    while smaller := next((one for one in _smaller(world) if differs(one, law)), None):
        world = smaller
    return world


def _smaller(world: World) -> Iterator[World]:
    trades = tuple(world.trades)
    for many in (1, 2):  # a purchase may only go together with its sale
        for gone in combinations(range(len(trades)), many):
            left = tuple(trade for place, trade in enumerate(trades) if place not in gone)
            yield replace(world, trades=left)
    for bare in (
        tuple(replace(trade, fee=Decimal(0)) for trade in trades),
        tuple(replace(trade, order="") for trade in trades),
    ):
        if bare != trades:
            yield replace(world, trades=bare)
    if world.group_of:
        yield replace(world, group_of={})


def differs(world: World, law: Law = AS_IT_STANDS) -> bool:
    """Whether both can work ``world`` out, and differently."""
    try:
        return any(unlike(of_law(work_out(world, law)), of_ledger(ledger_of(world))))
    except (Oversold, BadTrade):
        return False


def unlike(law_says: Sequence[Row], ledger_says: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that only the law has, and those that only the ledger has."""
    left, only_law = _named(ledger_says), []
    for row in _named(law_says):
        twin = next((one for one in left if _alike(row, one)), None)
        if twin is None:
            only_law.append(row)
        else:
            left.remove(twin)
    return only_law, left


def _named(rows: Sequence[Row]) -> list[Row]:
    """Rows whose purchase is called by the first of its lots, whatever each side calls it."""
    first = dict[object, str]()
    for row in sorted((r for r in rows if "purchase" in r), key=lambda r: str(r["lot"])):
        first.setdefault(row["purchase"], f"{row['account']} {row['lot']}")
    return [{**r, "purchase": first[r["purchase"]]} if "purchase" in r else r for r in rows]


def _alike(one: Row, other: Row) -> bool:
    """Whether every field of ``one`` is that of ``other``."""
    return ("sold" in one) == ("sold" in other) and all(
        _near(value, other.get(name)) for name, value in one.items()
    )


def _near(one: object, other: object) -> bool:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return abs(one - other) <= TINY
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_near, one, other))
    return one == other


def _table(world: World, law: Law) -> str:
    """The trades, and the rows that only one side has."""
    trades = sorted(world.trades, key=lambda t: (t.day, t.side, t.lot))
    only_law, only_ledger = unlike(of_law(work_out(world, law)), of_ledger(ledger_of(world)))
    lines = [f"relief {world.relief}, groups {dict(world.group_of)}, outside {set(world.outside)}"]
    lines += [
        f"  {t.day} {t.account:8} {t.side:8} {t.symbol} {t.quantity:>12} at {t.price} fee {t.fee}"
        f"  lot {t.lot} order {t.order}"
        for t in trades
    ]
    for said, rows in (("only the law:", only_law), ("only the ledger:", only_ledger)):
        lines += [said, *(f"  {_line(row)}" for row in rows)]
    return "\n".join(lines)


def _line(row: Row) -> str:
    names = dict.fromkeys((*Disposal.__slots__, *OpenLot.__slots__))
    return "  ".join(f"{name} {_text(row[name])}" for name in names if name in row)


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_text, value))})"
    return f"{float(value):.10g}" if isinstance(value, Fraction) else str(value)
