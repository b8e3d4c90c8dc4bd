"""Into the book: lots for shares that came into an account without a basis.

Trades and cash of such an account are its broker's to tell. What the broker cannot tell is what
shares had cost that were sent to it, or that it held when the book first looked.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cli.lotting.importing.told import Done, rows_of
from bot.importers.basis import not_told, parts_of, whole_of
from bot.importers.cells import NEW_YORK
from bot.importers.nouns import BadImport, Item, Place
from bot.importers.settle import Settled
from brokers.words import ZERO, AccountId, ActionRecord, Split, Symbol, Transfer
from strategies.lots import BadLots, Ledger, Rules, ledger
from strategies.policy import TaxPolicy

if TYPE_CHECKING:
    from bot.book.book import Book


@dataclass(frozen=True, slots=True)
class Booked:
    """What the book has of an account."""

    account: AccountId
    transfers: tuple[Transfer, ...]
    actions: tuple[ActionRecord, ...]
    lots: Ledger


def booked(book: "Book", account: AccountId, tax: TaxPolicy) -> Booked:
    """All that is needed of the book. Raises ``BadImport`` where it cannot be added up."""
    transfers, actions = book.transfers(account), book.corporate_actions(account)
    try:
        lots = ledger(book.executions(account), transfers, actions, Rules(tax))
    except BadLots as exc:
        remedy = exc.remedy or f"trimtab reconcile --account {account}"
        raise BadImport([f"{account}: the book itself: {exc}"], remedy) from exc
    return Booked(account, transfers, actions, lots)


def into_book(settled: Settled, booked_: Booked, book: "Book", *, preview: bool) -> Done:
    """Write down the lots that are new. Raises ``BadImport``; nothing is then written."""
    notes: list[str] = []
    rest = len(settled.trades) + len(settled.flows) + len(settled.splits) + len(settled.outs)
    if rest:
        notes.append(f"{rest} trades, cash flows and splits are passed over: its own count")
    lots = [item for item in settled.lots if isinstance(item.what, Transfer)]
    new, known = parts(lots, booked_, notes)
    if not preview:
        book.record(booked_.account, (), (), new, ())
    return Done("book", "", rows_of(new), known, tuple(notes))


def parts(items: Sequence[Item], has: Booked, notes: list[str]) -> tuple[tuple[Transfer, ...], int]:
    """(lots as parts of what came without a basis, how many are known already)."""
    by_symbol = defaultdict[Symbol, list[Item]](list)
    for item in items:
        assert isinstance(item.what, Transfer), "lots are told by nothing else"
        by_symbol[item.what.symbol].append(item)
    found: list[Transfer] = []
    known = 0
    wrong: list[str] = []
    for symbol, some in sorted(by_symbol.items()):
        try:
            made, old = _Of(symbol, some, has).parts(notes)
        except BadImport as exc:
            wrong.append(str(exc))
            continue
        found += made
        known += old
    if wrong:
        raise BadImport(wrong, REMEDY)
    return tuple(found), known


REMEDY = "trimtab lots shows what the book has; only what came without a basis can be given one"


@dataclass(frozen=True, slots=True)
class _Of:
    """One symbol's lots in the files, and what the book has."""

    symbol: Symbol
    items: Sequence[Item]
    has: Booked

    def parts(self, notes: list[str]) -> tuple[tuple[Transfer, ...], int]:
        """(new parts, how many lots were known)."""
        told = [item.what for item in self.items if isinstance(item.what, Transfer)]
        priced = [lot for lot in told if lot.unit_cost is not None]
        if len(priced) < len(told):
            count = len(told) - len(priced)
            notes.append(f"{self.symbol}: {count} lots or positions tell no basis: passed over")
        fresh = self._unheld(not_told(priced, self.has.transfers))
        if not fresh:
            return (), len(priced)
        wholes = self._wholes(sum((lot.quantity for lot in fresh), ZERO))
        return tuple(self._placed(fresh, wholes)), len(priced) - len(fresh)

    @property
    def _place(self) -> Place:
        return self.items[0].place

    def _unheld(self, lots: Sequence[Transfer]) -> list[Transfer]:
        """Without those that the book has with their basis: bought here, or told before."""
        open_lots = [
            (lot.acquired, lot.quantity)
            for lot in self.has.lots.lots.get(self.symbol, ())
            if lot.unit_cost is not None
        ]
        fresh: list[Transfer] = []
        for lot in lots:
            if (lot.acquired, lot.quantity) in open_lots:
                open_lots.remove((lot.acquired, lot.quantity))
            else:
                fresh.append(lot)
        return fresh

    def _wholes(self, wanted: Decimal) -> list[Transfer]:
        """Transfers of unknown basis, whole as they came; raises where there are not enough."""
        open_lots = {lot.lot_id: lot.quantity for lot in self.has.lots.lots.get(self.symbol, ())}
        blank = [
            t
            for t in self.has.transfers
            if t.symbol == self.symbol and t.unit_cost is None and t.quantity > 0
        ]
        have = sum((t.quantity for t in blank), ZERO)
        if wanted > have:
            what = f"lots of {wanted:f} {self.symbol} that the book does not have"
            came = f"{have:f} came into {self.has.account} without a basis"
            raise BadImport([f"{self._place}: {what}, and {came}"])
        for transfer in blank:
            self._refuse_changed(transfer, open_lots.get(transfer.transfer_id, ZERO))
        return blank

    def _refuse_changed(self, transfer: Transfer, left: Decimal) -> None:
        came = transfer.time.astimezone(NEW_YORK).date()
        split = any(
            isinstance(a, Split) and a.symbol == self.symbol and a.effective > came
            for a in self.has.actions
        )
        stands_for = any(transfer.transfer_id in a.records for a in self.has.actions)
        if left != transfer.quantity or split or stands_for:
            what = f"some of the {self.symbol} that came on {came} has been sold or changed since"
            remedy = "which lots are gone cannot be known: their basis stays unknown"
            raise BadImport([f"{self._place}: {what}; {remedy}"])

    def _placed(self, lots: Sequence[Transfer], wholes: Sequence[Transfer]) -> list[Transfer]:
        """Each lot as a part of a transfer that it fits into, the oldest lots first."""
        room = {whole.transfer_id: whole.quantity for whole in wholes}
        of = defaultdict[str, list[Transfer]](list)
        for lot in sorted(lots, key=lambda lot: lot.acquired):
            fitting = (
                w
                for w in wholes
                if room[w.transfer_id] >= lot.quantity
                and lot.acquired <= _day(w.time)
                and lot.currency == w.currency
            )
            whole = next(fitting, None)
            if whole is None:
                what = f"{lot.quantity:f} {self.symbol} of {lot.acquired}"
                what = f"{what} fit into nothing that came without a basis"
                raise BadImport([f"{self._place}: {what}"])
            room[whole.transfer_id] -= lot.quantity
            of[whole.transfer_id].append(lot)
        return [
            part
            for whole in wholes
            for part in parts_of(whole, of[whole.transfer_id], self.has.transfers)
        ]


def _day(moment: datetime) -> date:
    return moment.astimezone(NEW_YORK).date()


def has_blank(has: Booked) -> bool:
    """Whether anything came without a basis, or has been given one."""
    return any(t.unit_cost is None or whole_of(t) for t in has.transfers)
