"""Fills in from a broker's list: what is new is added to fills.csv, what is known is left alone.

A fill is known again by the id that the list gives it, else by what it says: lists of two weeks
that overlap are imported one after the other. A fill belongs to a ticket by the ``key`` that the
list states, else because one ticket alone of that day asks for the same symbol and side; "-" as
key says that it belongs to none. All of a list is taken, or nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from typing_extensions import override

from brokers.broker import Misconfigured
from brokers.manual.disk import alone, write_whole
from brokers.manual.folder import FILLS, read_fills, refuse
from brokers.manual.identity import Turns, content_id
from brokers.manual.line import TRADE_ZONE, Line, filled_by_key
from brokers.manual.nouns import FILL, NO_TICKET, Frame, fill, fill_name
from brokers.manual.row import Row
from brokers.manual.sheet import appended, read_sheet
from brokers.manual.tickets import find_line, read_tickets
from brokers.words import USD, ZERO, Currency, Execution, Side

ANY_TIME = datetime.max.replace(tzinfo=UTC)
"""Where nobody tells the time, a fill of the future is refused when the folder is next read."""

_UNRELATED = f'if it was not for a ticket, write "{NO_TICKET}" under key'


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did, or in a preview would do."""

    file: str
    new: tuple[Execution, ...]
    known: int

    @override
    def __str__(self) -> str:
        """The summary in lines: each new fill, then what they come to."""
        head = f"{self.file}: new fills {len(self.new)}, known already {self.known}"
        return "\n".join([head, *map(_said, self.new), *_totals(self.new)])


def _said(e: Execution) -> str:
    ticket = f"order {e.key}" if e.key else "no ticket of ours"
    return (
        f"  {e.time:%Y-%m-%d %H:%M} UTC  {e.side.value:4} {e.quantity:f} {e.symbol}"
        f" at {e.price:f} {e.currency}, fee {e.fee:f}  {ticket}"
    )


def _totals(new: Iterable[Execution]) -> list[str]:
    """Value by side, and fees, in each currency."""
    value: dict[tuple[Currency, Side], Decimal] = {}
    fees: dict[Currency, Decimal] = {}
    for e in new:
        name = (e.currency, e.side)
        value[name] = value.get(name, ZERO) + e.quantity * e.price
        fees[e.currency] = fees.get(e.currency, ZERO) + e.fee
    return [
        f"  total {currency}: bought {value.get((currency, Side.BUY), ZERO):,.2f},"
        f" sold {value.get((currency, Side.SELL), ZERO):,.2f}, fees {fee:,.2f}"
        for currency, fee in sorted(fees.items())
    ]


def import_fills(
    folder: Path,
    source: Path,
    mapping: Mapping[str, str] | None = None,
    *,
    preview: bool = False,
    base: Currency = USD,
    now: datetime = ANY_TIME,
) -> ImportSummary:
    """Add the fills of ``source`` to the account in ``folder``; a preview only tells of them.

    ``mapping`` is our column to the heading in ``source`` where they differ, e.g.
    ``{"symbol": "Ticker"}``. ``base`` is the currency of a line that names none; no fill may be
    later than ``now``. Raises ``BadAnswer`` with every mistake of the list, or ``Misconfigured``;
    nothing is then written.
    """
    if not folder.is_dir():
        raise Misconfigured(f"{folder} is not a folder", "make it, or mend its name in the config")
    mistakes: list[str] = []
    renamed = _renamed(mapping or {})
    sheet = read_sheet(source, FILLS, mistakes, renamed)
    if sheet is None:
        raise Misconfigured(f"{source} is not there", "name the list that your broker gave you")
    frame = Frame(base, now)
    listed = [fill(row, frame) for row in sheet.rows]
    refuse(mistakes, source.parent)
    with alone(folder):
        recorded = read_fills(folder, Frame(base, ANY_TIME))
        fresh = fresh_of(sheet.rows, listed, recorded)
        new = on_tickets(fresh, recorded, read_tickets(folder))
        refuse(mistakes, source.parent)
        if new and not preview:
            write_whole(folder / FILLS.file, with_fills(folder / FILLS.file, new))
    return ImportSummary(source.name, new, len(listed) - len(new))


def _renamed(mapping: Mapping[str, str]) -> dict[str, str]:
    """Heading to our column, in the spelling that the list uses."""
    if odd := sorted(mapping.keys() - set(FILLS.columns)):
        allowed = ", ".join(FILLS.columns)
        raise Misconfigured(f'"{odd[0]}" is not a column of ours', f"allowed are {allowed}")
    return {heading: column for column, heading in mapping.items()}


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What fills.csv holds, counted so that each of its lines is met once.

    ``twins`` are lines without an id of their broker, by what they say.
    """

    by_id: Mapping[str, Execution]
    by_content: Counter[str] = field(default_factory=Counter)
    twins: Counter[str] = field(default_factory=Counter)


def _ledger(recorded: Sequence[Execution]) -> _Ledger:
    made = [e for e in recorded if e.root.startswith(f"{FILL}:")]
    return _Ledger(
        {e.root: e for e in recorded},
        Counter(map(fill_name, recorded)),
        Counter(map(fill_name, made)),
    )


def fresh_of(
    rows: Sequence[Row], listed: Sequence[Execution], recorded: Sequence[Execution]
) -> list[tuple[Row, Execution]]:
    """Those of ``listed`` that are not recorded, each with its id for ever."""
    ledger, turns = _ledger(recorded), Turns()
    first: dict[str, str] = {}
    fresh: list[tuple[Row, Execution]] = []
    for row, execution in zip(rows, listed, strict=True):
        name = fill_name(execution)
        turn = turns.of((bool(execution.root), name))
        if execution.root and first.setdefault(execution.root, row.place) != row.place:
            row.wrong("id", f"is on {first[execution.root]} already")
        elif execution.root in ledger.by_id:
            _compare(row, execution, ledger.by_id[execution.root])
        elif turn > (ledger.twins if execution.root else ledger.by_content)[name]:
            root = execution.root or content_id(FILL, name, turn)
            fresh.append((row, replace(execution, root=root)))
    return fresh


def _compare(row: Row, listed: Execution, known: Execution) -> None:
    """Complain where the list says something else of a fill than fills.csv does."""
    if fill_name(listed) != fill_name(known):
        row.wrong(
            "id",
            f"is in {FILLS.file} as {known.side} {known.quantity} {known.symbol} at {known.price};"
            " mend the line there if that is wrong",
        )


def on_tickets(
    fresh: Sequence[tuple[Row, Execution]],
    recorded: Sequence[Execution],
    lines: Sequence[Line],
) -> tuple[Execution, ...]:
    """Each new fill with the order that it belongs to, none of them filled past its ticket."""
    filled = dict(filled_by_key(recorded))
    placed: list[Execution] = []
    for row, execution in sorted(fresh, key=lambda item: item[1].time):
        line = _line_for(row, execution, lines)
        if line is None:
            placed.append(replace(execution, key=None))
            continue
        key = line.order.key
        filled[key] = filled.get(key, ZERO) + execution.quantity
        if filled[key] > line.order.quantity:
            row.wrong(
                "quantity",
                f"{key} on {line.ticket} asks for {line.order.quantity:f}, with this"
                f" {filled[key]:f} would be filled; {_UNRELATED}",
            )
        placed.append(replace(execution, key=key))
    return tuple(placed)


def _line_for(row: Row, execution: Execution, lines: Sequence[Line]) -> Line | None:
    """The ticket line that a fill answers, or None where it answers none."""
    asked = (execution.symbol, execution.side, execution.currency)
    if execution.key == NO_TICKET:
        return None
    if execution.key is not None:
        line = find_line(lines, execution.key)
        if line is None:
            row.wrong("key", f"is on no ticket; {_UNRELATED}")
        elif (line.order.symbol, line.order.side, line.order.currency) != asked:
            row.wrong("key", f"is on {line.ticket} as {line.order.side} {line.order.symbol}")
        return line
    day = execution.time.astimezone(TRADE_ZONE).date()
    fitting = [
        line
        for line in lines
        if (line.order.symbol, line.order.side, line.order.currency) == asked
        and line.day == day
        and (line.withdrawn is None or line.withdrawn > execution.time)
    ]
    if len(fitting) > 1:
        keys = ", ".join(line.order.key for line in fitting)
        row.wrong("key", f"may be any of {keys}; write the right one, or {_UNRELATED}")
    return fitting[0] if len(fitting) == 1 else None


def with_fills(path: Path, new: Sequence[Execution]) -> str:
    """The text of the file with ``new`` at its end."""
    return appended(path, FILLS.columns, [_cells(e) for e in new])


def _cells(e: Execution) -> dict[str, str]:
    return {
        "symbol": e.symbol,
        "side": e.side.value,
        "quantity": f"{e.quantity:f}",
        "price": f"{e.price:f}",
        "time": e.time.isoformat(),
        "fee": f"{e.fee:f}",
        "currency": e.currency,
        "key": e.key or "",
        "id": e.root,
    }
