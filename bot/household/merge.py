"""Several files as one: where exports overlap, a row that two of them have is one row.

Within one file two like rows are two fills; the same two in a second file are the same two again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.household.trades import Told
from strategies.washes.nouns import Trade


def merge(files: Iterable[Sequence[Told]]) -> tuple[tuple[Told, ...], tuple[str, ...]]:
    """The rows of all files, each as often as the file that has it most; and what was left out."""
    kept: list[Told] = []
    have = Counter[Trade]()
    said: list[str] = []
    for rows in files:
        here = Counter[Trade]()
        for row in rows:
            here[row.trade] += 1
            if here[row.trade] > have[row.trade]:
                kept.append(row)
            else:
                said.append(f"{row.place}: is in another file too: counted once")
        have |= here
    return tuple(kept), tuple(said)
