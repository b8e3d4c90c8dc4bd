"""An old book in the place of the book: the broker knows orders it never meant, and it stops."""

import shutil
from pathlib import Path

import pytest
from paced import uneven
from stage import ACCOUNT, D, MakeStage, Stage, names

from bot.book.book import Book
from bot.book.errors import RolledBack
from bot.book.restoring import restore
from bot.reconcile import Refusal, breaks, catch_up, read_account
from brokers.words import Order, OrderKey, Side


def saved(stage: Stage) -> Path:
    """A copy of the book as it is now."""
    stage.book.close()
    copy = Path(shutil.copy(stage.folder / "book.db", stage.folder / "old.db"))
    reopen(stage)
    return copy


def reopen(stage: Stage) -> None:
    """The next process."""
    stage.book = Book.open(stage.folder / "book.db", upgrade=False)


def traded(make: MakeStage) -> tuple[Stage, Path]:
    """An account that has traded since its book was copied, and the copy."""
    stage = make(6)
    stage.hold_weights(uneven(names(6), "0.25", "0.08", count=1), D(100_000))
    post = stage.post()
    catch_up(stage.policy, post.identity, stage.broker, stage.book, stage.clock.now())
    copy = saved(stage)
    assert stage.run_with_consent().legs
    assert stage.book.executions(ACCOUNT)
    stage.book.close()
    return stage, copy


def sent(stage: Stage) -> int:
    """How often orders of ours reached the exchange."""
    return len({e.key for e in stage.paper.executions(None) if e.key and e.key.startswith("TT-")})


def test_executions_of_orders_that_were_never_meant_halt_the_account(make: MakeStage) -> None:
    stage, copy = traded(make)
    shutil.copy(copy, stage.folder / "book.db")
    reopen(stage)
    before = sent(stage)
    with pytest.raises(Refusal, match=r"halted: the book is rolled back: order TT-.* filled"):
        stage.run_later(60)
    halt = stage.book.halted(ACCOUNT)
    assert halt is not None
    assert "rolled back" in halt.reason
    with pytest.raises(Refusal, match="halted"):
        stage.run_later(60)
    assert sent(stage) == before


def test_an_open_order_that_was_never_meant_halts_the_account(make: MakeStage) -> None:
    stage = make(6)
    assert stage.run_with_consent().legs
    low = Order(OrderKey("TT-0123456789-000"), names(1)[0], Side.BUY, D(1), D("0.05"))
    stage.paper.submit(low)
    with pytest.raises(Refusal, match=r"rolled back: order TT-0123456789-000, which it"):
        stage.run_later(600)
    assert stage.book.halted(ACCOUNT) is not None


def test_the_order_of_somebody_else_halts_nothing(make: MakeStage) -> None:
    stage = make(6)
    assert stage.run_with_consent().legs
    stage.paper.submit(Order(OrderKey("HAND-1"), names(1)[0], Side.BUY, D(1), D("0.05")))
    stage.run_later(600)
    assert stage.book.halted(ACCOUNT) is None


def test_a_restored_book_is_rebuilt_from_the_broker_and_sends_again(make: MakeStage) -> None:
    stage, copy = traded(make)
    restore(stage.folder / "book.db", copy, "owner", stage.clock.now())
    reopen(stage)
    before = sent(stage)
    with pytest.raises(RolledBack, match="db accept"):
        stage.run_later(60)
    identity = stage.post().identity
    catch_up(stage.policy, identity, stage.broker, stage.book, stage.clock.now())
    assert breaks(stage.policy, read_account(stage.broker), stage.book) == ()
    assert {e.root for e in stage.book.executions(ACCOUNT)} >= {
        e.root for e in stage.paper.executions(None)
    }
    assert (stage.book.halted(ACCOUNT), sent(stage)) == (None, before)
    stage.book.origin.accept("owner", "rebuilt", stage.clock.now())
    stage.run_later(600)
    assert stage.book.halted(ACCOUNT) is None


def test_a_new_book_of_an_account_that_was_traded_begins_with_what_it_finds(
    make: MakeStage,
) -> None:
    """Whoever begins anew means to: nothing was lost that the book could miss."""
    stage, _ = traded(make)
    (stage.folder / "book.db").unlink()
    stage.book = Book.open(stage.folder / "book.db", upgrade=True)
    stage.run_later(600)
    assert stage.book.halted(ACCOUNT) is None
