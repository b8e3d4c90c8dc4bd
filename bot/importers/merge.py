"""Several statements as one: where they overlap, what two of them say is said once.

An item with the broker's id is known by it. One without is known by what it says: two like rows of
one file are two, the same two in a second file are the same two again. Lots and positions are a
picture of one day: the newest counts, an older one of the same account and symbol does not.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.importers.nouns import BadImport, Item, Kind, Statement
from brokers.words import CashFlow, Execution, Split, Transfer

PICTURES = frozenset({Kind.LOT, Kind.POSITION})
ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Merged:
    """The items of all files, and how many were there before."""

    items: tuple[Item, ...]
    repeated: int
    notes: tuple[str, ...]


def merge(statements: Iterable[Statement]) -> Merged:
    """Everything once. Raises ``BadImport`` where two files say different things under one id."""
    told = [*statements]
    kept: list[Item] = []
    have = Counter[Hashable]()
    by_id: dict[Hashable, Item] = {}
    repeated = 0
    wrong: list[str] = []
    for statement in told:
        here = Counter[Hashable]()
        for item in statement.items:
            name = identity(item)
            if name is not None:
                is_new = name not in by_id
                known = by_id.setdefault(name, item)
                if content(known) != content(item):
                    wrong.append(f"{item.place}: it has the id of {known.place} and differs")
            else:
                what = content(item)
                here[what] += 1
                is_new = here[what] > have[what]
            kept += [item] if is_new else []
            repeated += not is_new
        have |= here
    if wrong:
        raise BadImport(wrong, "keep the file that the broker gave last")
    newest, notes = _newest(kept)
    return Merged(newest, repeated, notes)


def identity(item: Item) -> Hashable | None:
    """The broker's id of an item with its account, None where it has none."""
    match item.what:
        case Execution(root=name) | CashFlow(flow_id=name) | Transfer(transfer_id=name) if name:
            return item.kind, item.number, name
        case Split(action_id=name):
            return item.kind, item.number, name
    return None


def content(item: Item) -> Hashable:
    """What an item says; of a picture not on which day it was taken."""
    what = item.what
    if item.kind in PICTURES and isinstance(what, Transfer):
        what = replace(what, time=ANY_TIME)
    return item.kind, what, item.number, item.order


def _newest(items: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Without pictures of which there is a newer one."""
    latest: dict[Hashable, datetime] = {}
    for item in items:
        if item.kind in PICTURES and isinstance(item.what, Transfer):
            name = item.number, item.what.symbol
            latest[name] = max(item.what.time, latest.get(name, item.what.time))
    kept = [item for item in items if not _is_older(item, latest)]
    gone = len(items) - len(kept)
    note = f"{gone} lots and positions are of an earlier day than others of the same name: left out"
    return tuple(kept), (note,) if gone else ()


def _is_older(item: Item, latest: dict[Hashable, datetime]) -> bool:
    return (
        item.kind in PICTURES
        and isinstance(item.what, Transfer)
        and item.what.time < latest[item.number, item.what.symbol]
    )
