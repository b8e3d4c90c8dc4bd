"""When too large a share of the orders is turned down the account halts in the same cycle."""

from dataclasses import dataclass, field

import pytest
from stage import MakeStage, Relay, Setting, Stage, names

from bot.limits import Profile
from bot.reconcile import Refusal
from brokers.broker import Refused, SubmitResult
from brokers.words import Order, Symbol


@dataclass
class Picky(Relay):
    """A broker that turns some names down, each for a reason of its own."""

    inner: object
    turned_down: set[Symbol] = field(default_factory=set)

    def submit(self, order: Order) -> SubmitResult:
        if order.symbol in self.turned_down:
            return Refused(f"{order.symbol} is not to be had")
        return self.inner.submit(order)


def refused(make: MakeStage, count: int, profile: Profile = Profile.PERSON) -> Stage:
    """A first allocation of twelve names, ``count`` of which the broker turns down."""
    stage = make(12, Setting(relay=Picky, profile=profile))
    stage.broker.turned_down = set(names(12)[-count:])
    return stage


@pytest.mark.parametrize("profile", list(Profile))
def test_more_than_a_fifth_of_ten_orders_or_more_halts(make: MakeStage, profile: Profile) -> None:
    stage = refused(make, 3, profile)
    with pytest.raises(Refusal, match="3 of the day's 10 orders were rejected"):
        stage.run_with_consent()
    halt = stage.book.halted(stage.policy.account)
    assert halt is not None
    assert halt.who == "trimtab"
    stage.next_day()
    with pytest.raises(Refusal, match="is halted"):
        stage.run()


def test_a_fifth_is_not_more(make: MakeStage) -> None:
    stage = refused(make, 2)
    stage.run_with_consent()
    assert stage.book.halted(stage.policy.account) is None
