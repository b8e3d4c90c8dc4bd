"""Contracts, quotes, bars and rates: what is told, how old it is, and what is left out."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibkr_bench import AAPL, KO, Desk, buy, desk, sell
from stage import session_at
from standins import tws_faults as faults
from standins.tws_book import Holding
from standins.tws_market import Bar, Listing
from standins.tws_wire import fields_of, frame, frames

from brokers.broker import Accepted, BadAnswer, Misconfigured, Refused, Unreachable
from brokers.connect import open_paper
from brokers.ibkr.broker import IbkrBroker
from brokers.ibkr.contracts import common, grid
from brokers.settings import PaperSettings
from brokers.words import AccountId, Currency, Symbol

D = Decimal
NOPE = Symbol("NOPE")


def test_what_is_listed_is_described(ib: Desk, broker: IbkrBroker) -> None:
    known = broker.instruments([AAPL, KO, NOPE])
    assert set(known) == {AAPL, KO}
    apple = known[AAPL]
    assert (apple.currency, apple.name, apple.quantity_step) == ("USD", "AAPL INC", 1)
    assert apple.tick.at(D(70)) == D("0.01")
    assert apple.tradable
    count = ib.server.count("reqContractDetails")
    broker.instruments([AAPL, KO, NOPE])
    assert ib.server.count("reqContractDetails") == count, "asked for once"


def test_fractions_are_traded_where_the_owner_says_so(ib: Desk) -> None:
    broker = ib.open(fractional=True)
    assert broker.capabilities.fractions
    assert broker.instruments([AAPL])[AAPL].quantity_step == D("0.0001")
    assert isinstance(broker.submit(buy("k", "0.5")), Accepted)
    ib.model.fractions = False
    result = broker.submit(buy("k2", "0.5"))
    assert isinstance(result, Refused)
    assert "10243" in result.reason


def test_a_class_of_shares_has_a_dot_here_and_a_space_there() -> None:
    quotes = {"BRK B": (D("190.00"), D("190.10"))}
    with desk() as ib:
        ib.model.quotes |= quotes
        ib.model.listings.append(Listing(72063691, "BRK B", "BERKSHIRE", "NYSE"))
        broker = ib.open()
        name = Symbol("BRK.B")
        assert broker.quotes([name])[name].ask == D("190.10")
        assert isinstance(broker.submit(buy("k", "1", "190.10", name)), Accepted)
        assert [p.symbol for p in broker.account().positions] == [name]
        assert broker.executions(None)[0].symbol == name


def test_on_other_exchanges_a_dot_is_a_dot() -> None:
    with desk() as ib:
        ib.model.listings.append(Listing(5, "BT.A", "BT GROUP", "LSE"))
        ib.model.quotes["BT.A"] = D("1.50"), D("1.51")
        name = Symbol("BT.A")
        assert ib.open().quotes([name])[name].bid == D("1.50")


def test_namesakes_are_told_apart_by_their_listing() -> None:
    with desk() as ib:
        ib.model.listings += [
            Listing(1, "SAP", "SAP ADR", "NYSE"),
            Listing(2, "SAP", "SAP SE", "IBIS", "EUR", rule=635),
        ]
        ib.model.quotes["SAP"] = D("110.00"), D("110.05")
        sap = Symbol("SAP")
        assert ib.open().instruments([sap])[sap].currency == "USD"
        there = ib.open(listings=((sap, "IBIS EUR"),), client_id=2)
        found = there.instruments([sap])[sap]
        assert (found.currency, found.name) == ("EUR", "SAP SE")
        assert found.tick.at(D(110)) == D("0.05")
        nowhere = ib.open(listings=((sap, "LSE EUR"),), client_id=3)
        assert nowhere.instruments([sap]) == {}


def test_one_of_several_namesakes_is_not_guessed() -> None:
    with desk() as ib:
        ib.model.listings += [Listing(1, "TWO", "ONE", "NYSE"), Listing(2, "TWO", "OTHER", "ARCA")]
        ib.model.quotes["TWO"] = D(10), D("10.01")
        name = Symbol("TWO")
        assert ib.open().instruments([name]) == {}
        named = ib.open(listings=((name, "ARCA"),), client_id=2)
        assert named.instruments([name])[name].name == "OTHER"


def test_what_is_held_elsewhere_in_other_money_is_named_by_its_number(
    ib: Desk, broker: IbkrBroker
) -> None:
    foreign = Listing(77, "AAPL", "APPLE IN EUROS", "IBIS", "EUR")
    ib.model.listings.append(foreign)
    ib.model.books.accounts["DU1234567"].holdings[77] = Holding(foreign, D(5), D(300))
    (held,) = broker.account().positions
    assert held.symbol == "AAPL#77"
    instrument = broker.instruments([held.symbol])[held.symbol]
    assert (instrument.currency, instrument.tradable) == ("EUR", False)
    assert AAPL in broker.instruments([AAPL])


# Ticks


def test_a_grid_that_is_right_at_every_price() -> None:
    rule = [(D(0), D("0.0001")), (D("0.5"), D("0.005")), (D(10), D("0.01")), (D(50), D("0.05"))]
    found = grid(rule, D("0.0001"))
    assert found.above == D("0.05")
    assert found.below == D("0.005")
    assert grid([(D(0), D("0.01"))], D("0.01")).at(D("0.5")) == D("0.01")
    us = grid([(D(0), D("0.0001")), (D(1), D("0.01"))], D("0.0001"))
    assert (us.below, us.above) == (D("0.0001"), D("0.01"))
    assert grid([], D("0.02")).above == D("0.02")


@given(
    st.lists(
        st.tuples(
            st.decimals(0, 500, places=2),
            st.sampled_from([D(t) for t in ("0.0001", "0.005", "0.01", "0.02", "0.05", "0.1")]),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each[0],
    ),
    st.decimals("0.01", 900, places=2),
)
def test_every_price_on_the_grid_is_on_the_rule(
    rule: list[tuple[Decimal, Decimal]], price: Decimal
) -> None:
    rule = [(D(0), D("0.01")), *rule[1:]]
    found = grid(rule, D("0.01"))
    on_grid = price // found.at(price) * found.at(price)
    if on_grid > 0 and (on_grid >= 1) == (price >= 1):
        tick = [tick for low, tick in sorted(rule) if low <= on_grid][-1]
        assert on_grid % tick == 0


def test_common_multiples_are_exact() -> None:
    assert common([D("0.005"), D("0.01")]) == D("0.01")
    assert common([D("0.02"), D("0.05")]) == D("0.1")
    assert common([D("0.25"), D("1")]) == 1


# Quotes


def test_a_live_quote_is_of_the_moment(ib: Desk, broker: IbkrBroker) -> None:
    quote = broker.quotes([AAPL])[AAPL]
    assert (quote.bid, quote.ask) == (D("69.98"), D("70.02"))
    assert quote.time == ib.clock.at
    assert not quote.delayed
    ib.model.quotes["AAPL"] = D("71.00"), D("71.01")
    assert broker.quotes([AAPL])[AAPL].bid == D("69.98"), "kept for a second"
    ib.clock.on(2)
    assert broker.quotes([AAPL])[AAPL].bid == D("71.00")


def test_each_quote_has_the_time_at_which_it_came(ib: Desk) -> None:
    def later(data: bytes) -> bytes:
        ib.clock.on(10)
        return data

    broker = ib.open(market_data_lines=1)
    ib.server.faults.tell(faults.TwsFault("reqMktData", r".*\|KO\|", rewrite=later))
    begun = ib.clock.at
    quotes = broker.quotes([AAPL, KO])
    assert quotes[AAPL].time == begun
    assert quotes[KO].time == begun + timedelta(seconds=10)


def test_a_delayed_quote_says_so_and_is_old(ib: Desk, broker: IbkrBroker) -> None:
    ib.model.market_data = "delayed"
    quote = broker.quotes([AAPL])[AAPL]
    assert quote.delayed
    assert quote.time <= ib.clock.at - timedelta(minutes=15)


@pytest.mark.parametrize("kind", ["live", "delayed"])
def test_where_the_kind_is_not_told_the_ticks_tell_it(ib: Desk, kind: str) -> None:
    broker = ib.open()
    ib.model.market_data = kind
    ib.server.faults.tell(faults.without("reqMktData", "", 58))
    quote = broker.quotes([AAPL])[AAPL]
    assert quote.delayed is (kind == "delayed")
    assert (quote.time == ib.clock.at) is (kind == "live")


def test_no_permission_for_any_name_is_told_with_the_remedy(ib: Desk, broker: IbkrBroker) -> None:
    ib.model.market_data = "none"
    with pytest.raises(Misconfigured, match="gives no quotes: market data") as caught:
        broker.quotes([AAPL, KO])
    assert "Client Portal" in caught.value.remedy


@pytest.mark.parametrize("code", [354, 10089, 10168, 10186, 10197])
def test_a_name_without_permission_is_left_out(ib: Desk, broker: IbkrBroker, code: int) -> None:
    ib.server.faults.tell(faults.error("reqMktData", r".*\|KO\|", code))
    assert set(broker.quotes([AAPL, KO])) == {AAPL}


def test_a_side_that_nobody_makes_is_no_quote(ib: Desk, broker: IbkrBroker) -> None:
    for bid, ask in ((D(-1), D("70.02")), (D("69.98"), D(-1)), (D(-1), D(-1))):
        ib.model.quotes["AAPL"] = bid, ask
        ib.clock.on(2)
        assert broker.quotes([AAPL, KO]).keys() == {KO}


def test_many_names_are_asked_for_in_rounds_of_the_lines_that_there_are() -> None:
    with desk() as ib:
        names = [Symbol(f"N{number}") for number in range(60)]
        for name in names:
            ib.model.quotes[name] = D("10.00"), D("10.01")
            ib.model.listings.append(Listing(5000 + len(ib.model.listings), name, name))
        ib.server.per_second = 40
        broker = ib.open(market_data_lines=10, timeout_seconds=5, messages_per_second=30)
        assert set(broker.quotes(names)) == set(names)
        assert ib.server.paced == 0


def test_a_name_without_a_line_is_asked_for_again(ib: Desk, broker: IbkrBroker) -> None:
    ib.server.faults.tell(faults.error("reqMktData", r".*\|KO\|", 101))
    assert set(broker.quotes([AAPL, KO])) == {AAPL, KO}


def test_ticks_that_never_come_cost_one_name_its_quote(ib: Desk) -> None:
    broker = ib.open(timeout_seconds=0.3)
    ib.server.faults.tell(faults.lost("reqMktData", r".*\|KO\|"))
    assert set(broker.quotes([AAPL, KO])) == {AAPL}


def test_nothing_asked_is_nothing_told(broker: IbkrBroker) -> None:
    assert broker.quotes([]) == {}
    assert broker.quotes([NOPE]) == {}
    assert broker.bars([NOPE], 5) == {}


# Bars


def test_bars_are_of_days_that_are_over_and_say_what_they_are(ib: Desk, broker: IbkrBroker) -> None:
    bars = broker.bars([AAPL, NOPE], 20)[AAPL]
    assert len(bars.days) == 20
    assert bars.days[-1] < ib.clock.at.date()
    assert all(volume > 1_000_000 for volume in bars.volumes)
    assert "adjusted for splits and dividends" in bars.source
    asked = ib.server.count("reqHistoricalData")
    assert broker.bars([AAPL], 10)[AAPL].days == bars.days[-10:]
    assert ib.server.count("reqHistoricalData") == asked, "kept for a while"
    assert (
        "ADJUSTED_LAST"
        in next(e for e in ib.server.exchanges if e.name == "reqHistoricalData").fields
    )


def test_years_of_bars_are_asked_for_in_years(ib: Desk, broker: IbkrBroker) -> None:
    broker.bars([AAPL], 504)
    asked = next(e for e in ib.server.exchanges if e.name == "reqHistoricalData")
    assert "3 Y" in asked.fields


@pytest.mark.parametrize("code", [162, 200])
def test_a_name_without_history_is_left_out(ib: Desk, broker: IbkrBroker, code: int) -> None:
    words = "Historical Market Data Service error message:HMDS query returned no data"
    ib.server.faults.tell(faults.error("reqHistoricalData", r".*\|KO\|", code, words))
    assert set(broker.bars([AAPL, KO], 5)) == {AAPL}


def test_history_that_is_asked_too_quickly_is_asked_again_later(
    ib: Desk, broker: IbkrBroker
) -> None:
    words = "Historical Market Data Service error message:API historical data query cancelled"
    words += ": Historical data request pacing violation"
    ib.server.faults.tell(faults.error("reqHistoricalData", "", 162, words))
    with pytest.raises(Unreachable, match="pacing violation"):
        broker.bars([AAPL], 5)


def test_a_bar_that_is_none_spoils_the_history(ib: Desk, broker: IbkrBroker) -> None:
    good = broker.bars([KO], 3)[KO]
    day = good.days[-1]
    ib.model.bars["AAPL"] = [Bar(day, D(1), D(1), D(1), D(-1), 100)]
    assert broker.bars([AAPL], 3) == {}


# Money


def test_cash_of_every_currency_and_its_rates() -> None:
    with desk(cash={"USD": D(1000), "EUR": D(500)}) as ib:
        broker = ib.open()
        state = broker.account()
        assert state.base == "USD"
        assert {c.currency: c.amount for c in state.cash} == {"USD": 1000, "EUR": 500}
        rates = broker.fx([Currency("EUR"), Currency("USD")], Currency("USD"))
        assert {c: r.rate for c, r in rates.items()} == {"EUR": D("1.08"), "USD": 1}


def test_what_is_not_settled_is_not_spent_but_with_margin(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("b", "100", "70.02")), Accepted)
    ib.clock.on(4 * 24 * 3600)
    assert isinstance(broker.submit(sell("s", "100", "69.98")), Accepted)
    ib.clock.on(2)
    (cash,) = broker.account().cash
    assert cash.settled < cash.amount
    assert not broker.capabilities.spends_proceeds
    margin = ib.reopen(broker, margin=True)
    (cash,) = margin.account().cash
    assert cash.settled == cash.amount
    assert margin.capabilities.spends_proceeds


@pytest.mark.parametrize("value", ["nan", "", "1e40", "a lot"])
def test_cash_that_is_no_number_is_no_answer(ib: Desk, broker: IbkrBroker, value: str) -> None:
    def rewrite(data: bytes) -> bytes:
        told = (fields_of(each) for each in frames(data))
        return b"".join(frame([*f[:5], value, *f[6:]] if "CashBalance" in f else f) for f in told)

    ib.server.faults.tell(faults.TwsFault("reqAccountUpdatesMulti", "", rewrite=rewrite))
    with pytest.raises(BadAnswer):
        broker.account()


def test_positions_that_are_not_numbers_are_no_answer(ib: Desk, broker: IbkrBroker) -> None:
    assert isinstance(broker.submit(buy("k")), Accepted)

    def rewrite(data: bytes) -> bytes:
        told = (list(fields_of(each)) for each in frames(data))
        return b"".join(frame([*f[:-3], "nan", *f[-2:]] if f[0] == "71" else f) for f in told)

    ib.server.faults.tell(faults.TwsFault("reqPositionsMulti", "", rewrite=rewrite))
    with pytest.raises(BadAnswer, match="the position in AAPL"):
        broker.account()


def test_a_pretended_account_follows_the_quotes_beside_the_one_that_trades(
    ib: Desk, broker: IbkrBroker, tmp_path: Path
) -> None:
    settings = PaperSettings(tmp_path / "paper.db", tape="account:pension", quotes_of=ib.settings)
    follower = open_paper(AccountId("follower"), settings, ib.clock.now, session_at)
    ib.opened.append(follower._tape._market)  # type: ignore[attr-defined]  # noqa: SLF001
    assert follower.quotes([AAPL])[AAPL].ask == D("70.02")
    assert isinstance(broker.submit(buy("k")), Accepted)
