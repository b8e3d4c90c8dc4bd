"""Lots for shares that came into an account without a basis.

The book holds a transfer for ever as it was first told. What its shares had cost is told later by
further transfers, named after it (``NAME/lot1``, ``NAME/lot2``): together they take its place, and
what they leave of it stays of unknown basis.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from brokers.words import Transfer

PART = re.compile(r"(.+)/lot(\d+)", re.DOTALL)


def with_basis(transfers: Sequence[Transfer]) -> tuple[Transfer, ...]:
    """The transfers as they count: each of unknown basis less the lots that were told for it."""
    unknown = {t.transfer_id for t in transfers if t.unit_cost is None and t.quantity > 0}
    told: defaultdict[str, Decimal] = defaultdict(Decimal)
    for transfer in transfers:
        whole = whole_of(transfer)
        if whole in unknown:
            told[whole] += transfer.quantity
    if not told:
        return tuple(transfers)
    left = (
        replace(t, quantity=t.quantity - told[t.transfer_id]) if t.transfer_id in told else t
        for t in transfers
    )
    return tuple(t for t in left if t.quantity)


def whole_of(transfer: Transfer) -> str:
    """The name of the transfer that a lot was told for, or an empty string."""
    found = PART.fullmatch(transfer.transfer_id)
    return found.group(1) if found else ""


def parts_of(
    whole: Transfer, lots: Iterable[Transfer], told: Sequence[Transfer]
) -> tuple[Transfer, ...]:
    """``lots`` as parts of ``whole``, numbered on from those that were ``told`` before.

    They came when it came.
    """
    known = [t for t in told if whole_of(t) == whole.transfer_id]
    return tuple(
        replace(lot, transfer_id=f"{whole.transfer_id}/lot{turn}", time=whole.time)
        for turn, lot in enumerate(lots, start=len(known) + 1)
    )


LotKey = tuple[str, Decimal, Decimal | None, date]


def key_of(lot: Transfer) -> LotKey:
    """What makes a lot the same as another."""
    return lot.symbol, lot.quantity, lot.unit_cost, lot.acquired


def not_told(lots: Iterable[Transfer], told: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """Those of ``lots`` that were not told before: two like ones are two."""
    known = Counter(key_of(t) for t in told if whole_of(t))
    fresh: list[Transfer] = []
    for lot in lots:
        if known[key_of(lot)]:
            known[key_of(lot)] -= 1
        else:
            fresh.append(lot)
    return tuple(fresh)
