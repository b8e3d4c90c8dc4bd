"""A ledger that is worked out, in the names that securities have: and what in it is not sure.

In the ledger a lot that became something else has a key of its own. A sale is told under the name
of its day, what is held under that of today.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from bot.household.from_book import FromBook, lot_name
from brokers.words import ZERO
from strategies.lots import Realized
from strategies.washes.nouns import TAXABLE, Disposal, Household, Moved, Split


def groups_of(book: FromBook, group_of: Mapping[str, str]) -> dict[str, str]:
    """``group_of`` with the keys of what became something else: old and new are one.

    So is every symbol on the way: a file of trades may still tell of it.
    """
    found = dict(group_of)
    for key, descent in book.descents.items():
        names = (key, descent.symbol, *(step.new for step in descent.path))
        group = found.get(names[-1], names[-1])
        old = {found.get(name, name) for name in names} - {group}
        for name, known in found.items():
            if known in old:
                found[name] = group
        found |= dict.fromkeys((*names, *old), group)
    return found


def as_named(found: Household, book: FromBook, today: date) -> Household:
    """``found`` with the names of the day in place of keys, and gains that no sale made."""
    found = _with_gains(found, book)
    if not book.descents:
        return found

    def name(key: str, day: date) -> str:
        descent = book.descents.get(key)
        return key if descent is None else descent.name(day)

    def moved(one: Moved, day: date) -> Moved:
        return replace(one, symbol=name(one.symbol, day))

    def sold(one: Disposal) -> Disposal:
        moves = tuple(moved(each, one.sold) for each in one.moves)
        return replace(one, symbol=name(one.symbol, one.sold), moves=moves)

    return replace(
        found,
        disposals=tuple(map(sold, found.disposals)),
        sheltered=tuple(map(sold, found.sheltered)),
        open_lots=tuple(replace(lot, symbol=name(lot.symbol, today)) for lot in found.open_lots),
        splits=(*found.splits, *_later(book)),
    )


def _with_gains(found: Household, book: FromBook) -> Household:
    """Gains that no sale made are sales of no shares: so does Form 8949 tell them."""
    gains = [_gain(account, one) for account, one in book.beside if one.gain is not None]
    if not gains:
        return found
    every = sorted((*found.disposals, *gains), key=lambda one: one.sold)
    return replace(found, disposals=tuple(every))


def _gain(account: str, one: Realized) -> Disposal:
    gain = one.gain or ZERO
    return Disposal(
        lot=lot_name(one.lot_id),
        account=account,
        kind=TAXABLE,
        symbol=one.symbol,
        quantity=ZERO,
        acquired=one.acquired,
        held_since=one.acquired,
        sold=one.sold,
        proceeds=one.proceeds,
        basis=one.proceeds - gain,
        gain=gain,
        disallowed=ZERO,
        permanently_lost=ZERO,
        recognised=gain,
        term="long" if one.is_long_term else "short",
        unreplaced=ZERO,
        moves=(),
    )


def _later(book: FromBook) -> list[Split]:
    """What happened to the number of shares after each of the names, under that name."""
    found: set[tuple[str, date, Fraction]] = set()
    for descent in book.descents.values():
        names = (descent.symbol, *(step.new for step in descent.path[:-1]))
        for name, step in zip(names, descent.path, strict=True):
            found |= {(name, day, ratio) for day, ratio in descent.factors if day >= step.day}
    told = {(symbol, day) for symbol, day, _ in book.splits}
    return [Split(*one) for one in sorted(found) if one[:2] not in told]


def unsure_lots(found: Household, book: FromBook) -> dict[tuple[str, str], str]:
    """Why a lot's basis or day is no fact, by (account, lot).

    What was spun off took a part of a basis along: until its parent is told, no lot that the
    account had before is sure. Where a loss moved into a lot before a company moved basis out of
    it, the ledger cannot follow: it leaves all of the loss where it was.
    """
    unsure = {
        (lot.account, lot.lot): why
        for lot in found.open_lots
        for why in (book.asked.get((lot.account, lot.symbol)),)
        if why is not None
    }
    for orphan in book.orphans:
        why = (
            f"{orphan.symbol} came on {orphan.day}, and a part of another lot's basis may have gone"
            " with it: tell what it was, trimtab lots action"
        )
        for lot in found.open_lots:
            if lot.account == orphan.account and lot.acquired < orphan.day:
                unsure.setdefault((lot.account, lot.lot), why)
    washed = defaultdict[tuple[str, str], list[date]](list)
    for sold in (*found.disposals, *found.sheltered):
        for move in sold.moves:
            washed[move.account, move.lot.partition("~")[0]].append(sold.sold)
    for bent in book.bent:
        if any(day <= bent.day for day in washed.get((bent.account, bent.root), ())):
            unsure[bent.account, bent.lot] = (
                "a loss moved into it before a company moved a part of its basis: how much went "
                "along is not known here"
            )
    return unsure | dict.fromkeys(book.unknown, "basis unknown")
