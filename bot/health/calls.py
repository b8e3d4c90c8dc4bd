"""One caller at a time to each broker: whoever trades waits for his turn, a look does not.

Adapters are not made for several threads at once. A cycle waits for a look that is under way, as
long as that broker may take to answer; a look does not come between the steps of a cycle.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from brokers.words import AccountId


class Calls:
    """Who speaks with the broker of which account."""

    def __init__(self) -> None:
        """Nobody does."""
        self._naming = threading.Lock()
        self._turns: dict[AccountId, threading.RLock] = {}

    def _turn(self, account: AccountId) -> threading.RLock:
        with self._naming:
            return self._turns.setdefault(account, threading.RLock())

    @contextmanager
    def held(self, account: AccountId) -> Iterator[None]:
        """Be the one who speaks; the same thread may say so again."""
        with self._turn(account):
            yield

    @contextmanager
    def tried(self, account: AccountId) -> Iterator[bool]:
        """Be the one who speaks, where nobody else does now; else False."""
        turn = self._turn(account)
        got = turn.acquire(blocking=False)
        try:
            yield got
        finally:
            if got:
                turn.release()
