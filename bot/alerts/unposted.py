"""Mails that the book did not take: its disk is full, it is locked, or it is damaged.

They are kept in memory and sent without it. Nobody is told twice: what is once in here is known for
as long as the process lives.
"""

import threading
from collections import deque

from bot.book.rows import Mail

ROOM = 100
"""Mails that wait; more than that say nothing new."""


class Unposted:
    """For several threads: who keeps a mail, and who sends it."""

    def __init__(self) -> None:
        """There are none."""
        self._changing = threading.Lock()
        self._waiting: deque[Mail] = deque(maxlen=ROOM)
        self._known: set[str] = set()

    def keep(self, mail: Mail) -> bool:
        """Take it in; False where it was here before."""
        with self._changing:
            if mail.mail_id in self._known:
                return False
            self._known.add(mail.mail_id)
            self._waiting.append(mail)
            return True

    def put_back(self, mail: Mail) -> None:
        """It was not sent, and waits again."""
        with self._changing:
            self._waiting.append(mail)

    def knows(self, mail: Mail) -> bool:
        """Whether it is, or was, in here."""
        with self._changing:
            return mail.mail_id in self._known

    def take(self) -> tuple[Mail, ...]:
        """All that wait; whoever takes them sends them or puts them back."""
        with self._changing:
            taken = tuple(self._waiting)
            self._waiting.clear()
            return taken
