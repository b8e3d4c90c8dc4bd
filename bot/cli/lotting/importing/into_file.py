"""Into a file of trades of an account held elsewhere, for ``trimtab tax`` and the household."""

import csv
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.cli.lotting.importing.told import Done, ImportRow, What
from bot.household.trades import COLUMNS, Told, at, read
from bot.importers.merge import PICTURES
from bot.importers.nouns import BadImport, Item, Kind
from bot.importers.settle import Settled, changes, pictured, refuse_oversold
from bot.importers.trades_file import Cells, Whose, added, as_text, rows_of
from brokers.words import Relief
from strategies.washes.ledger import household
from strategies.washes.nouns import BadTrade


@dataclass(frozen=True, slots=True)
class File:
    """The file, whose trades they are, the day on which this is, and what is held then."""

    path: Path
    whose: Whose
    today: date
    held: Mapping[str, Decimal]
    """Shares of each symbol that a picture of today says are held, where its lots have a basis."""


def into_file(settled: Settled, into: File, *, preview: bool) -> Done:
    """Add the rows that are new. Raises ``BadImport`` or ``BadTrades``; nothing is then written."""
    notes: list[str] = []
    fresh_rows = rows_of(settled, into.whose, notes)
    known = _known(into)
    fresh = added(known, fresh_rows)
    if not known:
        every = (*settled.lots, *settled.trades, *settled.splits)
        refuse_oversold(changes(i for i in every if not _is_blank(i.what)))
    text = _with(into.path, fresh)
    _judge(text, into)
    if not preview and fresh:
        write(into.path, text)
    rows = tuple(map(_row, fresh))
    return Done("file", str(into.path), rows, len(fresh_rows) - len(fresh), tuple(notes))


def _is_blank(what: object) -> bool:
    return getattr(what, "unit_cost", ...) is None


def with_basis(items: Sequence[Item]) -> Mapping[str, Decimal]:
    """What is held by the lots of a statement, of symbols of which every lot has a basis."""
    blank = {i.what.symbol for i in items if i.kind in PICTURES and _is_blank(i.what)}
    known = {i.what.symbol for i in items if i.kind is Kind.LOT}
    return {s: shares for s, shares in pictured(items).items() if s in known - blank}


def _known(into: File) -> tuple[Cells, ...]:
    """The rows that the file has, in the form in which we write them."""
    if not into.path.exists():
        return ()
    told = read(into.path)
    for row in told:
        trade = row.trade
        if trade.account == into.whose.account and trade.kind != into.whose.kind:
            what = f"{row.place}: {trade.account} is of kind {trade.kind}, not {into.whose.kind}"
            raise BadImport([what], f"--kind {trade.kind}, or give this account another name")
    return tuple(_cells(row) for row in told)


def _cells(row: Told) -> Cells:
    trade = row.trade
    is_split = trade.side == "split"
    amounts = (f"{n.normalize() + Decimal(0):f}" for n in (trade.quantity, trade.price, trade.fee))
    quantity, price, fee = amounts
    start = (str(trade.day), trade.account, trade.kind, trade.symbol, trade.side, quantity)
    return (*start, "" if is_split else price, "" if is_split else fee, trade.lot, trade.order)


def _with(path: Path, fresh: tuple[Cells, ...]) -> str:
    """The file with new rows at its end, under the columns that it has; its own lines stay."""
    if not path.exists():
        return as_text(fresh)
    text = path.read_text(encoding="utf-8-sig")
    text += "" if text.endswith("\n") else "\n"
    [heads] = csv.reader([text.splitlines()[0]])
    places = [name.strip().lower() for name in heads]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in fresh:
        by = dict(zip(COLUMNS, row, strict=True))
        writer.writerow([by.get(name, "") for name in places])
    return text + out.getvalue()


def _judge(text: str, into: File) -> None:
    """Hold the whole file against the ledger that will read it."""
    with tempfile.TemporaryDirectory(prefix="trimtab-") as folder:
        draft = Path(folder) / into.path.name
        draft.write_text(text, encoding="utf-8")
        told = read(draft)
    try:
        found = household((row.trade for row in told), Relief.FIFO, today=into.today)
    except BadTrade as exc:
        raise at(told[exc.place].place, exc) from exc
    for symbol, held in into.held.items():
        some = (lot for lot in found.open_lots if lot.account == into.whose.account)
        shares = sum((lot.quantity for lot in some if lot.symbol == symbol), Decimal(0))
        if shares != held:
            what = f"{into.path}: it would hold {shares:f} {symbol}, and {held:f} lots are told"
            raise BadImport([what], "begin a new file from the trades and the lots together")


def write(path: Path, text: str) -> None:
    """Put ``text`` in the place of whatever was there: all of it or nothing."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _row(cells: Cells) -> ImportRow:
    by = dict(zip(COLUMNS, cells, strict=True))
    day, quantity = date.fromisoformat(by["date"]), Decimal(by["quantity"])
    if by["side"] == "split":
        return ImportRow("split", day, by["symbol"], None, quantity, Decimal(0), None, "")
    price, fee = Decimal(by["price"]), Decimal(by["fee"] or 0)
    is_buy = by["side"] != "sell"
    amount = -quantity * price - fee if is_buy else quantity * price - fee
    what: What = "buy" if is_buy else "sell"
    return ImportRow(what, day, by["symbol"], quantity, price, fee, amount, "USD")
