"""A hand-kept account: orders become a ticket, and the ticket is left to the person's hands."""

import csv
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from stage import ACCOUNT, MakeStage, Stage

from bot.cycle import run_cycle
from bot.post import Identity, Post
from brokers.manual.broker import ManualBroker
from brokers.manual.importer import import_fills
from brokers.settings import ManualSettings
from brokers.words import USD, Environment, Side, Symbol
from strategies.policy import Mode, Policy, TaxKind, TaxPolicy
from strategies.policy.target import Target

D = Decimal
VTI, BND = Symbol("VTI"), Symbol("BND")
PRICES = {VTI: D("200.00"), BND: D("80.00")}
HELD = {VTI: D(340), BND: D(400)}


class Kept:
    """A folder of a hand-kept account, and the cycle that works it."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        self.folder, self.stage = folder, stage
        self.broker = ManualBroker(ManualSettings(folder), ACCOUNT, stage.clock.now)
        self.put_positions(HELD)
        self.put("cash.csv", "currency,amount\nUSD,1000\n")
        self.put_bars(stage.clock.now().date())

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def put_positions(self, held: dict[Symbol, Decimal]) -> None:
        rows = "".join(f"{symbol},{quantity}\n" for symbol, quantity in held.items())
        self.put("positions.csv", f"# account 8412-77\nsymbol,quantity\n{rows}")

    def put_bars(self, today: date) -> None:
        days = [today - timedelta(days=back) for back in range(120, 0, -1)]
        rows = [
            f"{symbol},{day},{price + place % 3},9000000\n"
            for symbol, price in PRICES.items()
            for place, day in enumerate(days)
        ]
        self.put("bars.csv", "symbol,day,close,volume\n" + "".join(rows))

    def run(self) -> Post:
        """Fresh quotes, then one cycle."""
        now = self.stage.clock.now().isoformat()
        cent = D("0.01")
        rows = [f"{s},{p - cent},{p + cent},{now}\n" for s, p in PRICES.items()]
        self.put("quotes.csv", "symbol,bid,ask,time\n" + "".join(rows))
        post = replace(self.stage.post(), identity=Identity(Environment.LIVE, "8412-77"))
        run_cycle(post, self.broker, self.stage.book)
        return post

    def ticket(self) -> list[dict[str, str]]:
        """Lines of the only ticket there is."""
        (path,) = (self.folder / "tickets").glob("*.csv")
        lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
        return list(csv.DictReader(lines))


@pytest.fixture
def kept(tmp_path: Path, make: MakeStage) -> Kept:
    """60/40 wanted; VTI has run away."""
    policy = Policy(
        account=ACCOUNT,
        target=Target("fixed", ((VTI, D("0.6")), (BND, D("0.4")))),
        mode=Mode.AUTO,
        tax=TaxPolicy(kind=TaxKind.TRADITIONAL),
    )
    folder = tmp_path / "ira"
    folder.mkdir()
    return Kept(folder, make(policy))


def test_sales_and_the_purchases_that_they_pay_for_stand_on_one_ticket(kept: Kept) -> None:
    kept.run()
    sides = {line["symbol"]: line["side"] for line in kept.ticket()}
    assert sides == {"VTI": "sell", "BND": "buy"}
    assert all(not line["withdrawn"] for line in kept.ticket())


def test_nobody_waits_for_hands_and_nothing_is_planned_upon_their_work(kept: Kept) -> None:
    before = kept.stage.clock.now()
    kept.run()
    assert kept.stage.clock.now() - before < timedelta(minutes=1)
    kept.stage.clock.sleep(3600)
    kept.run()
    assert len(kept.stage.book.plans(ACCOUNT)) == 1
    assert all(not line["withdrawn"] for line in kept.ticket())


def test_fills_that_come_back_are_booked_and_tie_out(kept: Kept) -> None:
    kept.run()
    lines = kept.ticket()
    now: datetime = kept.stage.clock.now()
    rows = "".join(
        f"{o['symbol']},{o['side']},{o['quantity']},{o['limit']},0,{now.isoformat()}\n"
        for o in lines
    )
    source = kept.folder.parent / "trades.csv"
    source.write_text("symbol,side,quantity,price,fee,time\n" + rows)
    import_fills(kept.folder, source, base=USD, now=now)
    held, cash = dict(HELD), D(1000)
    for line in lines:
        sign = Side(line["side"]).sign
        held[Symbol(line["symbol"])] += sign * D(line["quantity"])
        cash -= sign * D(line["quantity"]) * D(line["limit"])
    kept.stage.next_day()
    kept.put_positions(held)
    kept.put("cash.csv", f"currency,amount\nUSD,{cash}\n")
    kept.run()
    tied = kept.stage.book.last_tieout(ACCOUNT)
    assert tied is not None
    assert tied.ok, tied.text
    assert {o.last_event for o in kept.stage.book.orders(ACCOUNT)} == {"filled"}


def test_what_was_not_carried_out_is_taken_back_the_next_day(kept: Kept) -> None:
    kept.run()
    kept.stage.next_day()
    kept.put_positions(HELD)
    kept.run()
    assert {o.last_event for o in kept.stage.book.orders(ACCOUNT)[-2:]} <= {"cancelled", "expired"}
