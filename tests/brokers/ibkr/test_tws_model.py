"""The broker behind the TWS stand-in adds up, whatever is ordered, cancelled and corrected."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from standins.tws_book import ZERO, Refusal, Wanted
from standins.tws_model import TwsModel
from tws_bench import ACCOUNT, QUOTES, Clock, D

CASH = D(20_000)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL", "cancel", "wait", "move", "correct"]),
        st.sampled_from(["AAPL", "KO"]),
        st.sampled_from([D("0.5"), D(1), D(7), D(40), D(300)]),
        st.sampled_from([D("-0.5"), D(0), D("0.5")]),
    ),
    max_size=40,
)


def take(model: TwsModel, clock: Clock, number: int, step: tuple[str, str, D, D]) -> None:
    """One thing that happens; what the broker refuses does not."""
    what, symbol, size, away = step
    bid, ask = model.quotes[symbol]
    if what == "wait":
        clock.on(float(size) * 100)
    elif what == "move" and bid + away > 1:
        model.quotes[symbol] = (bid + away, ask + away)
    elif what == "correct" and model.books.executions:
        last = model.books.executions[-1]
        model.correct(last.exec_id, price=f"{last.price + away / 10:f}")
    elif what == "cancel" and model.books.orders:
        model.cancel(1, model.books.orders[-1].wanted.order_id)
    elif what in {"BUY", "SELL"}:
        limit = (ask if what == "BUY" else bid) + away
        listing = model.matches(0, symbol)[0]
        model.place(1, Wanted(number, listing, what, size, "LMT", limit, "DAY", ACCOUNT, "k"))


@given(STEPS, st.integers(1, 4), st.sampled_from([0, 250]))
def test_cash_and_shares_are_the_sum_of_executions(
    steps: list[tuple[str, str, D, D]], parts: int, latency_ms: int
) -> None:
    clock = Clock()
    latency = timedelta(milliseconds=latency_ms)
    model = TwsModel(clock.now, dict(QUOTES), cash=CASH, parts=parts, latency=latency)
    refused = set()
    for number, step in enumerate(steps, 1):
        try:
            take(model, clock, number, step)
        except Refusal as no:
            refused.add(no.code)
        model.carry()
    assert refused <= {161, 201, 10148}
    _adds_up(model)


def _adds_up(model: TwsModel) -> None:
    account = model.books.accounts[ACCOUNT]
    newest = {each.base: each for each in model.books.executions}.values()
    signed = [(each, each.order.wanted.sign * each.shares) for each in newest]
    spent = sum((shares * each.price + each.fee for each, shares in signed), ZERO)
    assert account.cash["USD"] == CASH - spent
    for listing in model.listings:
        traded = [s for each, s in signed if each.order.wanted.listing == listing]
        assert account.shares(listing.con_id) == sum(traded, ZERO) >= 0
    for order in model.books.orders:
        own = [each for each in newest if each.order is order]
        assert order.filled == sum((each.shares for each in own), ZERO) <= order.wanted.quantity
        assert order.fee == sum((each.fee for each in own), ZERO)
        assert (order.status == "Filled") == (order.filled == order.wanted.quantity)
        assert order.is_live == (order.ended is None)
    ids = [each.exec_id for each in model.books.executions]
    assert len(ids) == len(set(ids))
