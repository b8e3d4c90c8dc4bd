"""Journals that cannot be true: each mistake has a name, says where it is and what helps."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lot_journals import D, Event, add_up, day_of, event, events, lots_text

from brokers.words import Currency, Execution, ReturnOfCapital, Split, Transfer
from strategies.lots import BadLots, Oversold, Rules, ledger
from strategies.lots.errors import (
    BadAction,
    BadQuantity,
    Duplicate,
    FutureDate,
    NegativeBasis,
)

ONE = "24-01-02 buy 10@100"

WRONG = [
    ("24-01-02 buy -1@100", BadQuantity, "is of -1 shares"),
    ("24-01-02 buy NaN@100", BadQuantity, "is of NaN shares"),
    ("24-01-02 buy 1@-5", NegativeBasis, "is at -5 a share"),
    ("24-01-02 buy 1@NaN", NegativeBasis, "is at NaN a share"),
    ("24-01-02 buy 1@5 fee Infinity", NegativeBasis, "has a fee of Infinity"),
    ("24-01-02 in 1@-5", NegativeBasis, "has a basis of -5 a share"),
    ("24-01-02 in NaN@5", BadQuantity, "is of NaN shares"),
    ("24-01-02 in 1@5 24-01-03", FutureDate, "came on 2024-01-02 and was acquired on 2024-01-03"),
    ("24-01-02 sell 1@5", Oversold, "1 shares were sold that no lot accounts for"),
    (f"{ONE}; 24-01-03 sell 11@5", Oversold, "1 shares were sold that no lot accounts for"),
    (f"{ONE}; 24-01-03 sell 1@5 id a; 24-01-03 sell 2@5 id a", Duplicate, "told twice"),
    (f"{ONE}; 25-01-02 split 0.15 lieu 5; 25-01-02 split 0.15 lieu 6", Duplicate, "same split"),
    (f"{ONE}; 25-01-02 split 0.15 lieu 5; 25-01-02 split 1.5", BadAction, "is not known"),
    (f"{ONE}; 25-01-02 split 2; 25-01-02 split 3", Duplicate, "are both splits of 2025-01-02"),
    (f"{ONE}; 25-01-02 split 0.5; 25-01-02 split 0.1", Duplicate, "are both splits of 2025-01-02"),
    (f"{ONE}; 25-01-02 split 0.5 lieu 5; 25-01-02 split 2", BadAction, "leave none"),
    (f"{ONE}; 25-01-02 split 0", BadAction, "gives 0 shares for one"),
    (f"{ONE}; 25-01-02 plainsplit -2", BadAction, "gives -2 shares for one"),
    (f"{ONE}; 25-01-02 split 2 lieu 5", BadAction, "20 shares leave none"),
    (f"{ONE}; 25-01-02 split 0.15 lieu -5", BadAction, "pays -5 in lieu"),
    (f"{ONE}; 25-01-02 spin NEW 1 share 1.5", BadAction, "moves a share of 1.5 of the basis"),
    (f"{ONE}; 25-01-02 spin VTI 1 share 0.5", BadAction, "has the old symbol as its new one"),
    (f"{ONE}; 25-01-02 rename VTI", BadAction, "has the old symbol as its new one"),
    (f"{ONE}; 25-01-02 merge NEW 1 cash 5", BadAction, "does not say what a new share was worth"),
    (f"{ONE}; 25-01-02 merge NEW 1 taxable", BadAction, "does not say what a new share was worth"),
    (f"{ONE}; 25-01-02 merge NEW 0", BadAction, "gives 0 shares for one"),
    (f"{ONE}; 25-01-02 merge NEW 1 value -3", BadAction, "pays -3 for a new share"),
    (f"{ONE}; 25-01-02 cash -5", BadAction, "pays -5 a share"),
    (f"{ONE}; 25-01-02 capital -5", BadAction, "returns -5 a share"),
]


@pytest.mark.parametrize(("journal", "kind", "said"), WRONG)
def test_what_cannot_be_true_is_named(journal: str, kind: type[BadLots], said: str) -> None:
    with pytest.raises(kind) as caught:
        add_up(events(journal))
    assert f" {said}" in str(caught.value)
    assert str(caught.value).startswith("VTI: ")
    assert kind is Oversold or caught.value.remedy


def test_shares_of_nothing_are_refused() -> None:
    merger = event("25-01-02 cash 5")
    odd = replace(merger, ratio=D(1))  # type: ignore[type-var]  # a merger has a ratio
    with pytest.raises(
        BadAction, match=r"cash 5 of 2025-01-02 gives shares and does not say of what$"
    ):
        add_up([event(ONE), odd])
    paid = replace(merger, cash_in_lieu=D(1))  # type: ignore[type-var]  # so can it be in lieu
    with pytest.raises(BadAction, match=r"gives shares and does not say of what$"):
        add_up([event(ONE), paid])


@pytest.mark.parametrize("how", ["cash 5", "taxable"])
def test_a_mistake_in_an_action_is_one_whole_sentence(how: str) -> None:
    with pytest.raises(BadAction) as caught:
        add_up(events(f"{ONE}; 25-01-02 merge NEW 1 {how}"))
    assert str(caught.value) == (
        f"VTI: 25-01-02 merge NEW 1 {how} of 2025-01-02 does not say what a new share was worth on"
        " the day"
    )
    assert caught.value.remedy == (
        "compare it with the notice of the company (Form 8937) and tell it again"
    )


def test_a_gain_cannot_be_paid_before_it_takes_effect() -> None:
    returned = event("25-01-02 capital 5")
    assert isinstance(returned, ReturnOfCapital)
    with pytest.raises(BadAction, match="before it took effect"):
        add_up([event(ONE), replace(returned, paid=day_of("25-01-01"))])


def test_what_is_told_twice_in_the_same_words_counts_once() -> None:
    """As where two files overlap."""
    told = events("24-01-02 in 10@100; 24-02-01 buy 5@90; 25-01-02 plainsplit 2")
    assert lots_text(add_up([*told, *told])) == "20@50/24-01-02  10@45/24-02-01"


def by_kind(
    told: list[Event],
) -> tuple[list[Execution], list[Transfer], list[Split]]:
    return (
        [e for e in told if isinstance(e, Execution)],
        [e for e in told if isinstance(e, Transfer)],
        [e for e in told if isinstance(e, Split)],
    )


@pytest.mark.parametrize(
    "line", ["26-11-21 buy 1@5", "26-11-21 in 1@5", "26-11-21 in 1@5 24-01-02"]
)
def test_nothing_has_happened_tomorrow(line: str) -> None:
    with pytest.raises(FutureDate, match="2026-11-21, and today is 2026-11-20"):
        ledger(*by_kind(events(line)), method=Rules(), today=date(2026, 11, 20))


@pytest.mark.parametrize("hour", [1, 4])
def test_a_transfer_of_the_evening_is_of_the_day_at_the_exchange(hour: int) -> None:
    """Eight in the evening in New York is the next day in UTC, and not yet tomorrow."""
    came = event("26-11-21 in 10@5 24-01-02")
    assert isinstance(came, Transfer)
    evening = replace(came, time=datetime(2026, 11, 21, hour, 59, tzinfo=UTC))
    found = ledger([], [evening], [], Rules(), date(2026, 11, 20))
    assert lots_text(found) == "10@5/24-01-02"
    late = replace(came, time=datetime(2026, 11, 21, 5, tzinfo=UTC))
    with pytest.raises(FutureDate, match="is of 2026-11-21, and today is 2026-11-20"):
        ledger([], [late], [], Rules(), date(2026, 11, 20))


def test_what_came_in_the_evening_before_a_split_is_split() -> None:
    """At one in UTC it is the day before in New York, and the split holds from the morning on."""
    came = event("26-11-20 in 10@5 24-01-02")
    assert isinstance(came, Transfer)
    evening = replace(came, time=datetime(2026, 11, 20, 1, tzinfo=UTC), currency=Currency("EUR"))
    found = add_up([evening, event("26-11-20 plainsplit 2")])
    assert lots_text(found) == "20@2.5/24-01-02"
    assert [lot.currency for lots in found.lots.values() for lot in lots] == ["EUR"]


def test_a_split_that_is_announced_has_not_happened() -> None:
    told = by_kind(events(f"{ONE}; 26-11-21 plainsplit 2"))
    before = ledger(*told, method=Rules(), today=date(2026, 11, 20))
    after = ledger(*told, method=Rules(), today=date(2026, 11, 21))
    assert (lots_text(before), lots_text(after)) == ("10@100/24-01-02", "20@50/24-01-02")


def test_what_is_told_of_a_name_that_is_not_held_stops_nobody() -> None:
    assert lots_text(add_up(events(f"{ONE}; BND: 25-01-02 split 0"))) == "10@100/24-01-02"
