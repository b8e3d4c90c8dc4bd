"""A ledger that is asked again and again: a group of securities is worked out anew if it changed.

Nothing passes from one group of substantially identical securities to another: neither a loss nor a
share. So each is a ledger by itself, and all of them together are the ledger of the household.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from strategies.washes.journal import Journal, Placed
from strategies.washes.nouns import Disposal, OpenLot, Split, Trade

Rules = tuple[object, ...]
"""How lots are relieved and what may replace: with other rules nothing is remembered."""


class Pieces(NamedTuple):
    """What was sold, in taxable accounts and in the others, and what is held."""

    disposals: tuple[Disposal, ...]
    sheltered: tuple[Disposal, ...]
    open_lots: tuple[OpenLot, ...]


class Rows(NamedTuple):
    """The trades of a group of securities, in order: buys, sales, splits."""

    buys: Sequence[Placed]
    sales: Sequence[Placed]
    splits: tuple[Split, ...]


class Said(NamedTuple):
    """``Rows`` without the places where they were told: what a group's ledger depends on."""

    buys: tuple[Trade, ...]
    sales: tuple[Trade, ...]
    splits: tuple[Split, ...]


class Memory:
    """The ledgers of all groups as they were worked out last; ``worked`` counts how many were."""

    __slots__ = ("_known", "_rules", "worked")

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        self.worked = 0
        self._rules: Rules = ()
        self._known: dict[str, tuple[Said, Pieces]] = {}

    def recall(
        self,
        journal: Journal,
        group_of: Mapping[str, str],
        rules: Rules,
        work_out: Callable[[Rows], Pieces],
    ) -> Pieces:
        """All groups together, with ``work_out`` for those in which something is new."""
        known = self._known if self._rules == rules else {}
        self._rules, self._known = rules, {}
        for group, rows in _grouped(journal, group_of).items():
            said = Said(_unplaced(rows.buys), _unplaced(rows.sales), rows.splits)
            before = known.get(group)
            if before is None or before[0] != said:
                self.worked += 1
                before = said, work_out(rows)
            self._known[group] = before
        return _together([pieces for _, pieces in self._known.values()])


def _unplaced(rows: Iterable[Placed]) -> tuple[Trade, ...]:
    return tuple(trade for _, trade in rows)


def _grouped(journal: Journal, group_of: Mapping[str, str]) -> dict[str, Rows]:
    buys, sales = defaultdict[str, list[Placed]](list), defaultdict[str, list[Placed]](list)
    splits = defaultdict[str, list[Split]](list)
    for rows, found in ((journal.buys, buys), (journal.sales, sales)):
        for row in rows:
            found[group_of.get(row[1].symbol, row[1].symbol)].append(row)
    for split in journal.splits:
        splits[group_of.get(split.symbol, split.symbol)].append(split)
    return {
        group: Rows(buys[group], sales[group], tuple(splits[group]))
        for group in sorted({*buys, *sales})
    }


def _together(every: Sequence[Pieces]) -> Pieces:
    """In order: what is equal in it is of one lot, so of one group, where it is in order."""
    return Pieces(
        _in_order(one for pieces in every for one in pieces.disposals),
        _in_order(one for pieces in every for one in pieces.sheltered),
        tuple(
            sorted(
                (one for pieces in every for one in pieces.open_lots),
                key=lambda lot: (lot.acquired, lot.lot, lot.account),
            )
        ),
    )


def _in_order(sold: Iterable[Disposal]) -> tuple[Disposal, ...]:
    return tuple(sorted(sold, key=lambda one: (one.sold, one.acquired, one.lot, one.account)))
