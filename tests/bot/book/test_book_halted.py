"""Which of several halts holds, in whose words, and when it was last lifted."""

import pytest
from book_makers import ACCOUNT, DAY, MINUTE, NOW, OTHER

from bot.book.book import Book
from bot.book.errors import IllegalStep
from bot.switch import EVERY_ACCOUNT
from bot.switch.states import Halt
from brokers.words import Symbol

STORM = Halt(EVERY_ACCOUNT, "storm", "owner", NOW + MINUTE, "halted")
ODD = Halt(ACCOUNT, "odd", "trimtab", NOW, "halted")


def test_everybody_s_halt_speaks_first_where_both_are_as_severe(book: Book) -> None:
    book.halt(ACCOUNT, "odd", "trimtab", NOW)
    book.halt(EVERY_ACCOUNT, "storm", "owner", NOW + MINUTE)
    assert book.halted(ACCOUNT) == STORM
    assert (book.latched(ACCOUNT), book.latched(EVERY_ACCOUNT)) == (ODD, STORM)
    assert (book.halted(OTHER), book.latched(OTHER)) == (STORM, None)


def test_the_first_of_several_as_severe_is_the_one_that_holds(book: Book) -> None:
    for scope in (ACCOUNT, EVERY_ACCOUNT):
        for number, reason in enumerate(("zeal", "alarm", "mist")):
            book.halt(scope, reason, "trimtab", NOW + number * MINUTE)
        assert book.halted(ACCOUNT) == Halt(scope, "zeal", "trimtab", NOW)
        assert book.latched(scope) == Halt(scope, "zeal", "trimtab", NOW)


def test_the_account_s_own_halt_speaks_where_it_is_the_more_severe(book: Book) -> None:
    book.halt(EVERY_ACCOUNT, "breeze", "owner", NOW, "reducing")
    book.halt(ACCOUNT, "late", "trimtab", NOW, "cancel-only")
    halt = book.halted(ACCOUNT)
    assert halt == Halt(ACCOUNT, "late", "trimtab", NOW, "cancel-only")
    with pytest.raises(AssertionError, match="only a person resumes"):
        book.halt(ACCOUNT, "all is well", "trimtab", NOW, "active")
    assert book.halted(ACCOUNT) == halt


def test_when_a_scope_was_last_resumed(book: Book) -> None:
    assert book.resumed(EVERY_ACCOUNT) is None
    for number in range(3):
        book.halt(EVERY_ACCOUNT, "storm", "owner", NOW + number * DAY)
        book.resume(EVERY_ACCOUNT, "sun", "owner", NOW + number * DAY + MINUTE)
        assert book.resumed(EVERY_ACCOUNT) == NOW + number * DAY + MINUTE
    book.halt(ACCOUNT, "odd", "trimtab", NOW + 5 * DAY)
    book.halt(EVERY_ACCOUNT, "storm", "owner", NOW + 5 * DAY)
    assert (book.resumed(EVERY_ACCOUNT), book.resumed(ACCOUNT)) == (NOW + 2 * DAY + MINUTE, None)


def test_who_resumed_for_half_the_way_is_who_the_halt_that_is_left_is_of(book: Book) -> None:
    book.halt(ACCOUNT, "odd", "trimtab", NOW)
    book.resume(ACCOUNT, "half explained", "owner", NOW + MINUTE, "reducing")
    left = Halt(ACCOUNT, "half explained", "owner", NOW + MINUTE, "reducing")
    assert book.halted(ACCOUNT) == left
    assert book.resumed(ACCOUNT) == NOW + MINUTE


@pytest.mark.parametrize(
    ("halted", "resumed", "said"),
    [
        ((), EVERY_ACCOUNT, "trading as a whole is not halted; there is nothing to resume"),
        ((), ACCOUNT, "main is not halted; there is nothing to resume"),
        ((EVERY_ACCOUNT,), ACCOUNT, "main is not halted; all accounts are: resume '*'"),
        ((ACCOUNT,), EVERY_ACCOUNT, "trading as a whole is not halted; there is nothing to resume"),
        ((OTHER,), ACCOUNT, "main is not halted; there is nothing to resume"),
    ],
)
def test_what_is_not_halted_is_not_resumed(
    book: Book, halted: tuple[str, ...], resumed: str, said: str
) -> None:
    for scope in halted:
        book.halt(scope, "storm", "owner", NOW)
    with pytest.raises(IllegalStep) as caught:
        book.resume(resumed, "sun", "owner", NOW + MINUTE)
    assert str(caught.value) == said
    for scope in halted:
        assert book.latched(scope) is not None


def test_a_name_is_left_alone_in_its_account_and_session_only(book: Book) -> None:
    vti, bnd = Symbol("VTI"), Symbol("BND")
    book.lock(ACCOUNT, vti, NOW.date(), "a split", NOW)
    book.lock(OTHER, vti, NOW.date(), "theirs", NOW)
    book.lock(ACCOUNT, bnd, (NOW + DAY).date(), "tomorrow's", NOW)
    assert book.locked(ACCOUNT, NOW.date()) == {vti: "a split"}
    assert book.locked(ACCOUNT, (NOW + DAY).date()) == {bnd: "tomorrow's"}
