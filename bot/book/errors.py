"""What can go wrong with the book, by what its user can do about it.

    BookError       stop before acting; ``remedy`` tells a person how it is mended
    BookLocked      somebody else is writing; nothing was written, the same call may be repeated
    BookFull        no room on the disk; nothing was written, and nothing new is begun
    BookBroken      the disk failed; nobody knows what was written, and this process writes no more
    WrongAccount    the book belongs to another broker account; nothing may be traded from it
    UnknownPlan     no plan has this id
    IllegalStep     the plan, the run or the halt is not where this step could start from
    RolledBack      the book is an older copy; nothing is sent until it was rebuilt and accepted
    Contradicted    the book holds something else under the same id
    LeaseHeld       another process works this account; nothing was done, the same may be repeated
    NotHolder       another process took the account over; stop, and leave everything to it

All of them say in one line what, where and the remedy. This room imports nothing.
"""


class BookError(Exception):
    """The book cannot do what was asked, and nothing of it was written."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Say what went wrong, and how it is mended."""
        super().__init__(f"{what}; {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class BookLocked(BookError):
    """Somebody else is writing, and did not finish in time."""


class BookFull(BookError):
    """The disk has no room; nothing was written."""


class BookBroken(BookError):
    """The disk failed: what was to be written may be there or not, and is not tried again."""


class WrongAccount(BookError):
    """The book belongs to another broker account."""


class UnknownPlan(BookError):
    """No plan has this id."""


class IllegalStep(BookError):
    """This step does not start from where things stand."""


class RolledBack(BookError):
    """The book is an older copy of itself, and forgot what was sent since."""


class Contradicted(BookError):
    """The book holds something else under the same id."""


class LeaseHeld(BookError):
    """Another process works this account."""


class NotHolder(BookError):
    """This process does not hold the account, or no longer."""
