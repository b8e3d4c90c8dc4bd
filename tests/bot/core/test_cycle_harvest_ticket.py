"""A harvest of a hand-kept account: both orders on one ticket, and words on what comes first."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path

import pytest
from family import BND, HARVESTED, ITOT, VTI, ToldTape
from stage import ACCOUNT, MakeStage, Setting, Weekdays
from test_cycle_tickets import Kept

from bot.config.settings import AccountConfig, AlertSettings, HouseholdSettings
from bot.household.kin import Kin
from bot.limits import Profile
from bot.rounds import Desk, Office, work_slot
from brokers.manual.importer import import_fills
from brokers.settings import ManualSettings
from brokers.words import USD, Environment, Side, Symbol
from strategies.plan import Hold, Plan
from strategies.policy import Bands, CashPolicy, Mode, OrderPolicy, Policy
from strategies.policy.target import Target
from strategies.policy.taxpayer import HarvestPolicy

D = Decimal
TAPE = ToldTape()
WANTED = Policy(
    account=ACCOUNT,
    target=Target("fixed", ((VTI, D("0.5")), (BND, D("0.5")))),
    mode=Mode.AUTO,
    bands=Bands(absolute=D("0.2"), relative=None, single=None, concentration=None),
    cash=CashPolicy(band=D("0.03")),
    harvest=HarvestPolicy(substitutes=((VTI, (ITOT,)),)),
    orders=OrderPolicy(fractional=False),
)


class Taxable(Kept):
    """A taxable account in a folder, whose VTI has fallen, in a household of its own."""

    def __init__(self, folder: Path, make: MakeStage) -> None:
        stage = make(WANTED, Setting(start=HARVESTED, tape=TAPE, profile=Profile.DESK))
        stage.limits = replace(stage.limits, order_weight_max=D(1), cycle_turnover_max=D(2))
        stage.limits = replace(stage.limits, day_turnover_max=D(4))
        super().__init__(folder, stage)
        self.put_positions({VTI: D(100), BND: D(100)})
        self.put("cash.csv", "currency,amount\nUSD,200\n")
        rows = "VTI,100,100,2026-01-05\nBND,100,80,2026-01-05\n"
        self.put("lots.csv", f"symbol,quantity,unit_cost,acquired\n{rows}")
        config = AccountConfig(
            account=ACCOUNT,
            broker=ManualSettings(folder),
            environment=Environment.LIVE,
            live_account="8412-77",
            profile=Profile.DESK,
            policy=WANTED,
            limits=stage.limits,
            times=(),
            every=None,
        )
        self.desk = Desk(config, self.broker, "digest")
        self.office = Office(
            book=stage.book,
            sessions=Weekdays(),
            clock=stage.clock,
            alerts=AlertSettings(D("0.5"), None),
            step=stage.step,
            stopping=stage.stopping,
            disk_free_mib=stage.disk_free_mib,
            kin={ACCOUNT: Kin(HouseholdSettings(), (config,), stage.book)},
        )

    def put_bars(self, today: date) -> None:
        bars = TAPE.bars((VTI, ITOT, BND), today, 120)
        rows = [
            f"{symbol},{day},{close},9000000\n"
            for symbol, each in bars.items()
            for day, close in zip(each.days, each.closes, strict=True)
        ]
        self.put("bars.csv", "symbol,day,close,volume\n" + "".join(rows))

    def slot(self) -> Plan:
        """Fresh quotes, then what the daemon does."""
        now = self.stage.clock.now()
        self.put_bars(now.date())
        quotes = TAPE.quotes((VTI, ITOT, BND), now).values()
        rows = [f"{q.symbol},{q.bid},{q.ask},{now.isoformat()}\n" for q in quotes]
        self.put("quotes.csv", "symbol,bid,ask,time\n" + "".join(rows))
        return work_slot(self.desk, self.office)

    def carry_out(self, *sides: str) -> None:
        """These sides of the ticket fill at its limits, and are brought in the next morning."""
        now, cash, held = self.stage.clock.now(), D(200), {VTI: D(100), BND: D(100), ITOT: D(0)}
        rows = ""
        for line in self.ticket():
            if line["side"] not in sides:
                continue
            sign, shares, limit = Side(line["side"]).sign, D(line["quantity"]), D(line["limit"])
            held[Symbol(line["symbol"])] += sign * shares
            cash -= sign * shares * limit
            rows += f"{line['symbol']},{line['side']},{shares},{limit},0,{now.isoformat()}\n"
        source = self.folder.parent / "trades.csv"
        source.write_text("symbol,side,quantity,price,fee,time\n" + rows)
        import_fills(self.folder, source, base=USD, now=now)
        self.stage.next_day()
        self.put_positions({symbol: shares for symbol, shares in held.items() if shares})
        self.put("cash.csv", f"currency,amount\nUSD,{cash}\n")


@pytest.fixture
def kept(tmp_path: Path, make: MakeStage) -> Taxable:
    """50/50 wanted; VTI stands 20 % below its basis."""
    folder = tmp_path / "hand"
    folder.mkdir()
    return Taxable(folder, make)


def words(kept: Taxable) -> str:
    """All mails, in their order."""
    mails = kept.stage.book.due_mails(kept.stage.clock.now())
    return " ".join(" ".join(mail.text.split()) for mail in mails)


def test_both_orders_are_on_one_ticket_and_the_mail_says_what_comes_first(kept: Taxable) -> None:
    plan = kept.slot()
    sale, buy = kept.ticket()
    assert (sale["side"], sale["symbol"], sale["quantity"]) == ("sell", "VTI", "100")
    assert (buy["side"], buy["symbol"]) == ("buy", "ITOT")
    said = words(kept)
    assert f"First sell 100 VTI, at a loss; once that is filled buy {buy['quantity']} ITOT" in said
    assert "Do not buy VTI in any account up to 2026-07-15" in said
    assert f"TICKET-{plan.plan_id}" in said
    assert "cancelled" not in said
    assert sale["note"] == "at a loss: ITOT is bought in its place"
    assert buy["note"] == "in place of VTI: once that is sold, and no more than was sold of it"
    (page,) = (kept.folder / "tickets").glob("*.html")
    assert all(escape(line["note"]) in page.read_text() for line in (sale, buy))


def test_what_was_carried_out_is_left_alone_for_thirty_days(kept: Taxable) -> None:
    kept.slot()
    kept.carry_out("sell", "buy")
    for days in (1, 15, 30):
        kept.stage.clock.move_to(HARVESTED + timedelta(days=days))
        plan = kept.slot()
        assert isinstance(plan.decision, Hold), plan.legs
    assert ITOT in {line.symbol for line in plan.lines if line.quantity_before}
    assert "a loss was sold and not replaced" not in words(kept)


def test_a_sale_that_alone_was_carried_out_is_told_once(kept: Taxable) -> None:
    kept.slot()
    (sale, buy) = kept.ticket()
    kept.carry_out("sell")
    assert "not replaced" not in words(kept), "the day is not over"
    kept.slot()
    said = words(kept)
    assert said.count("a loss was sold and not replaced") == 1
    assert f"of the {buy['quantity']}.00 ITOT to be bought in its place 0.00 were" in said
    assert (sale["symbol"], "VTI is not to be bought back for 30 days" in said) == ("VTI", True)
    before = len(kept.stage.book.mails())
    kept.stage.clock.sleep(3600)
    kept.slot()
    told = [m for m in kept.stage.book.mails() if "not replaced" in m.subject]
    assert len(told) == 1, before


def test_where_neither_was_carried_out_nothing_is_told(kept: Taxable) -> None:
    kept.slot()
    kept.carry_out()
    kept.slot()
    assert "not replaced" not in words(kept)
