"""An execution that the broker tells days too late is still found, however many came after it."""

from collections.abc import Callable
from decimal import Decimal

from paced import uneven
from stage import D, MakeStage, Relay, Setting, Stage, names

from brokers.words import Execution

A, B, *_ = names(6)


class Withholding(Relay):
    """A broker that keeps some executions to itself; positions and cash are the truth."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)
        self.hides: Callable[[Execution], bool] = lambda _execution: False

    def executions(self, since: object) -> tuple[Execution, ...]:
        return tuple(e for e in self.inner.executions(since) if not self.hides(e))


def at_rest(make: MakeStage) -> Stage:
    """An account that has nothing to trade."""
    stage = make(6, Setting(relay=Withholding))
    stage.hold_weights(uneven(names(6), "0.165", "0.163", count=1), D(100_000))
    stage.run()
    return stage


def in_book(stage: Stage) -> set[tuple[str, Decimal]]:
    return {(e.symbol, e.quantity) for e in stage.book.executions(stage.policy.account)}


def test_a_trade_that_is_told_a_week_late(make: MakeStage) -> None:
    stage = at_rest(make)
    stage.hold({A: D(1)})
    hidden = stage.paper.executions(None)[-1].root
    stage.broker.hides = lambda execution: execution.root == hidden
    for _ in range(6):  # beyond any overlap with the newest that is known
        stage.next_day()
    stage.hold({B: D(1)})
    stage.run()
    assert (B, D(1)) in in_book(stage)
    assert (A, D(1)) not in in_book(stage)
    stage.broker.hides = lambda _execution: False
    stage.run_later(600)
    assert (A, D(1)) in in_book(stage)
    tieout = stage.book.last_tieout(stage.policy.account)
    assert tieout is not None
    assert tieout.ok, tieout.text
