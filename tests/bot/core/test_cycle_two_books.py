"""Two books on one account at a broker: each says what the other is, and neither trades on."""

from pathlib import Path

import pytest
from stage import ACCOUNT, D, MakeStage, Stage, names

from bot.book.book import Book
from bot.reconcile import Refusal
from brokers.words import Order, OrderKey, Side
from strategies.planned import DRILL_PREFIX, ORIGIN_LETTERS, origin_of


def begin_another(stage: Stage) -> Path:
    """A new book in the place of the first one, which is put aside."""
    stage.book.close()
    kept = stage.folder / "book.db"
    kept.rename(stage.folder / "first.db")
    stage.book = Book.open(kept, upgrade=True)
    return stage.folder / "first.db"


def go_back_to(stage: Stage, kept: Path) -> None:
    stage.book.close()
    stage.book = Book.open(kept, upgrade=True)


def sent(stage: Stage) -> int:
    return len({e.key for e in stage.paper.executions(None) if e.key})


def test_the_names_of_plans_begin_with_the_letters_of_their_book(make: MakeStage) -> None:
    stage = make(6)
    assert stage.book.origin.letters() == "", "it has looked at no account yet"
    plan = stage.run_with_consent()
    letters = stage.book.origin.letters()
    assert len(letters) == 2
    assert set(letters) <= set(ORIGIN_LETTERS)
    assert {origin_of(leg.order.key) for leg in plan.legs} == {letters}
    assert all(len(leg.order.key) <= 18 for leg in plan.legs)
    go_back_to(stage, stage.folder / "book.db")
    assert stage.book.origin.letters() == letters, "opened again it is the same book"


def test_what_another_book_has_traded_is_told_as_such_and_halts(make: MakeStage) -> None:
    stage = make(6)
    assert stage.run_with_consent().legs
    first = begin_another(stage)
    stage.next_day()
    stage.run()  # it begins with what it finds
    stage.hold({names(1)[0]: D(10)}, Side.SELL)
    stage.next_day()
    stage.run_with_consent()
    stage.next_day()
    before = sent(stage)
    go_back_to(stage, first)
    with pytest.raises(Refusal) as found:
        stage.run()
    said = str(found.value)
    assert f"{ACCOUNT} is halted: another Trimtab book trades this account: order TT-" in said
    assert "which it never meant, is filled" in said
    assert "rolled back" not in said
    assert "stop the other Trimtab" in found.value.remedy
    assert "trimtab resume" in found.value.remedy
    with pytest.raises(Refusal, match="halted"):
        stage.run_later(60)
    assert sent(stage) == before


def test_once_the_other_is_stopped_the_account_goes_on(make: MakeStage) -> None:
    stage = make(6)
    assert stage.run_with_consent().legs
    foreign = Order(OrderKey("TT-GG00000000-001"), names(1)[0], Side.BUY, D(1), D("0.05"))
    assert origin_of(foreign.key) not in ("", stage.book.origin.letters())
    stage.paper.submit(foreign)
    with pytest.raises(Refusal, match=r"another Trimtab book trades .*GG00000000-001.* open"):
        stage.run_later(600)
    stage.paper.cancel(foreign.key)
    stage.book.resume(ACCOUNT, "the other is stopped", "owner", stage.clock.now())
    stage.run_later(600)
    assert stage.book.halted(ACCOUNT) is None


def test_an_order_of_a_drill_leaves_its_name_alone_and_halts_nothing(make: MakeStage) -> None:
    stage = make(6)
    drilled = names(1)[0]
    stage.paper.submit(Order(OrderKey(f"{DRILL_PREFIX}X-1"), drilled, Side.BUY, D(1), D("0.05")))
    plan = stage.run_with_consent()
    assert stage.book.halted(ACCOUNT) is None
    assert drilled not in {leg.order.symbol for leg in plan.legs}
    (line,) = (line for line in plan.lines if line.symbol == drilled)
    assert line.barred == (
        f"an order of a drill is open in it ({DRILL_PREFIX}X-1): the next trimtab drill ends it"
    )
