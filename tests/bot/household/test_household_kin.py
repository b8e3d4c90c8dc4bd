"""One household asked again and again: always what the book says now, and the same while it can."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.book.book import Book
from bot.book.errors import IllegalStep
from bot.book.rows import OrderStep
from bot.cli.wiring import read_config
from bot.config.settings import Config
from bot.household.kin import Kin, kin_of, rules_of
from bot.household.work import Before, work_out
from brokers.words import AccountId, Side
from strategies.washes.nouns import Trade
from tests.bot.cli.tax_books import TODAY, install, put
from tests.bot.household.kin_homes import (
    D,
    filled,
    kins,
    looked,
    lot,
    order,
    planned,
    step,
    traded,
    trades_file,
)

FILES = '[household]\ntrades = ["hers.csv"]\nidentical = [["VTI", "ITOT"]]\noutside = "hsa"\n'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A taxable account and an IRA, both of real money."""
    return read_config(Path(install(tmp_path)))


@pytest.fixture
def book(config: Config) -> Iterator[Book]:
    with Book.open(config.book_url, upgrade=False) as opened:
        yield opened


def with_table(config: Config, table: str) -> Config:
    """The same config with one more table."""
    text = config.path.read_text(encoding="utf-8")
    config.path.write_text(text + table, encoding="utf-8")
    return read_config(config.path)


def shown(trades: tuple[Trade, ...]) -> list[str]:
    return [f"{t.account} {t.side} {t.quantity:f} {t.symbol} {t.lot} {t.order}" for t in trades]


def test_it_is_the_ledger_of_all_accounts(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    every = kins(config, book)
    assert every["main"] is every["ira"]
    home = every["main"].home(TODAY)
    rules = rules_of(config.households[0])
    assert home.ledger == work_out((), rules, TODAY, config.accounts, book).household
    assert (home.buys, home.sells, home.doubts, dict(home.unsure)) == ((), (), (), {})
    (loss,) = [one for one in home.ledger.disposals if one.symbol == "VTI"]
    assert loss.permanently_lost == D("200.20"), "the IRA bought ten of the sixty"


def test_it_stays_the_same_object_until_something_is_new(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    kin = kins(config, book)["main"]
    home = kin.home(TODAY)
    assert kin.home(TODAY + timedelta(minutes=5)) is home
    traded(book, "ira", "I2 2026-01-05 buy 3 VTI 228 0")
    later = kin.home(TODAY)
    assert later.ledger != home.ledger
    assert kin.home(TODAY) is later
    tomorrow = kin.home(TODAY + timedelta(days=1))
    assert tomorrow.ledger is not later.ledger, "terms and windows go by the day"


def test_real_and_play_money_are_never_one(tmp_path: Path) -> None:
    path = Path(install(tmp_path))
    text = path.read_text(encoding="utf-8")
    live = 'environment = "live"\nlive_account = "ira"\n'
    assert live in text
    path.write_text(text.replace(live, ""), encoding="utf-8")
    config = read_config(path)
    with Book.open(config.book_url, upgrade=False) as book:
        every = kins(config, book)
        homes = {name: kin.home(TODAY) for name, kin in every.items()}
    assert {lot.account for lot in homes["main"].ledger.open_lots} == {"main"}
    assert {lot.account for lot in homes["ira"].ledger.open_lots} == {"ira"}


def test_two_clients_know_nothing_of_each_other(config: Config, book: Book) -> None:
    text = config.path.read_text(encoding="utf-8").replace(
        "[accounts.ira]\n", '[accounts.ira]\nprofile = "adviser"\n'
    )
    config.path.write_text(text, encoding="utf-8")
    apart = read_config(config.path)
    planned(book, "main", (order("K1", Side.BUY, "5"), ()))
    every = kins(apart, book)
    assert every["ira"].settings.name == "ira"
    assert every["ira"].home(TODAY).buys == ()
    assert not every["ira"].home(TODAY).ledger.disposals
    assert shown(every["main"].home(TODAY).buys) == ["main buy 5 VTI order K1 K1"]


def test_what_every_account_has_in_the_market_is_in_it(config: Config, book: Book) -> None:
    kin = kins(config, book)["main"]
    assert kin.home(TODAY).buys == ()
    planned(book, "ira", (order("K1", Side.BUY, "5"), ()))
    sale = order("K2", Side.SELL, "50"), [lot("B1", "40"), lot("B2", "10")]
    planned(book, "main", sale, (order("K3", Side.BUY, "7", "BND"), ()))
    home = kin.home(TODAY)
    assert shown(home.buys) == ["main buy 7 BND order K3 K3", "ira buy 5 VTI order K1 K1"]
    assert shown(home.sells) == ["main sell 50 VTI B1;B2 K2"]
    assert {(t.kind, t.day, t.price) for t in home.buys} == {
        ("taxable", TODAY.date(), D(230)),
        ("ira", TODAY.date(), D(230)),
    }


def test_what_is_filled_is_told_once(config: Config, book: Book) -> None:
    kin = kins(config, book)["main"]
    planned(book, "main", (order("K2", Side.SELL, "50"), [lot("B1", "40"), lot("B2", "10")]))
    step(book, "K2", "sent", "accepted")
    before = kin.home(TODAY)
    filled(book, "main", "K2", Side.SELL, "40", "E1")
    after = kin.home(TODAY)
    assert shown(before.sells) == ["main sell 50 VTI B1;B2 K2"]
    assert shown(after.sells) == ["main sell 10 VTI B2 K2"]
    assert sum(sold.quantity for sold in after.ledger.disposals) == D(110)
    step(book, "K2", "cancelled")
    assert kin.home(TODAY).sells == ()


def test_a_step_that_ends_nothing_changes_nothing(config: Config, book: Book) -> None:
    kin = kins(config, book)["main"]
    planned(book, "ira", (order("K1", Side.BUY, "5"), ()))
    home = kin.home(TODAY)
    step(book, "K1", "sent", "accepted", "unclear")
    assert kin.home(TODAY) is home
    step(book, "K1", "absent")
    assert kin.home(TODAY).buys == ()
    step(book, "K1", "accepted")  # it was there after all
    assert shown(kin.home(TODAY).buys) == ["ira buy 5 VTI order K1 K1"]


LOOKS = (
    ("today", 0, ""),
    ("yesterday", 0, "ira was last looked at on 2026-01-19"),
    ("long ago", 1, "ira was last looked at on 2026-01-15"),
    ("differs", 1, "book and broker of ira differ"),
    ("never", 1, "nothing is known yet of what ira bought"),
)
DAYS_AGO = {"yesterday": 1, "long ago": 5}


@pytest.mark.parametrize(("when", "doubts", "words"), LOOKS)
def test_what_is_not_known_of_an_account_is_told(
    config: Config, book: Book, when: str, doubts: int, words: str
) -> None:
    looked(book, "main")
    if when != "never":
        day = TODAY - timedelta(days=DAYS_AGO.get(when, 0))
        looked(book, "ira", now=day, ok=when != "differs")
    kin = kins(config, book)["main"]
    assert len(kin.home(TODAY).doubts) == doubts
    assert len(kin.notes) == bool(words)
    assert "".join(kin.notes).startswith(words)


def test_a_look_ends_the_doubt_and_time_brings_it_back(config: Config, book: Book) -> None:
    looked(book, "main")
    kin = kins(config, book)["main"]
    assert kin.home(TODAY).doubts
    looked(book, "ira")
    assert not kin.home(TODAY).doubts
    assert len(kin.home(TODAY + timedelta(days=5)).doubts) == 2


def test_settings_and_files_of_the_household_count(config: Config, book: Book) -> None:
    looked(book, "main", "ira")
    config = with_table(config, FILES)
    trades_file(config.path.parent / "hers.csv", "2025-07-01,hers,taxable,ITOT,buy,30,90,0,H1,")
    home = kins(config, book)["main"].home(TODAY)
    (loss,) = [one for one in home.ledger.disposals if one.symbol == "VTI"]
    assert loss.moves[0].account == "hers", "of the same group, and bought first"
    assert home.ledger.outside == {"hsa"}
    assert not home.doubts


def test_a_lot_of_unknown_basis_is_unsure(tmp_path: Path) -> None:
    trades = {"main": "T1 2024-03-04 in 10 VTI ? 2024-03-04"}
    config = read_config(Path(install(tmp_path, trades)))
    with Book.open(config.book_url, upgrade=False) as book:
        home = kins(config, book)["main"].home(TODAY)
    assert dict(home.unsure) == {("main", "T1"): "basis unknown"}


@dataclass(slots=True)
class World:
    """A book in which things happen; a number says how many, or which."""

    folder: Path
    book: Book
    now: datetime = TODAY
    orders: list[tuple[str, str, Side]] = field(default_factory=list)
    happened: int = 0

    def happens(self, what: str, number: int) -> None:
        """One thing; of orders, where there are any yet."""
        self.happened += 1
        who, _, does = what.partition(" ")
        match does:
            case "buys" | "sells":
                self._orders(who, Side(does[:-1]), number)
            case "trades" | "splits" | "receives":
                self._tells(who, does, number)
            case "looks" | "differs":
                looked(self.book, who, now=self.now, ok=does == "looks")
            case "fills" if self.orders:
                account, key, side = self.orders[number % len(self.orders)]
                filled(self.book, account, key, side, "1", f"E{self.happened}")
            case "ends" | "goes on" if self.orders:
                steps = ENDS if does == "ends" else ON
                with suppress(IllegalStep):
                    step(self.book, self.orders[number % len(self.orders)][1], steps[number % 5])
            case "passes":
                self.now += timedelta(hours=8 * number)
            case _ if who == "file":
                self._file(does, number)

    def _tells(self, who: str, does: str, number: int) -> None:
        basis = "?" if number % 2 else "200"
        lines = {
            "trades": f"2026-01-0{number} buy 1 VTI 230 0",
            "splits": f"2026-01-0{number} split 2 VTI",
            "receives": f"2025-12-0{number} in {number} BND {basis} 2026-01-10",
        }
        put(self.book, who, f"T{self.happened} {lines[does]}")

    def _orders(self, who: str, side: Side, number: int) -> None:
        key, lots = f"K{self.happened}", [lot("B1", "1"), lot("B2", "9")]
        wanted = order(key, side, str(number))
        planned(self.book, who, (wanted, lots if side is Side.SELL else ()))
        self.orders.append((who, key, side))

    def _file(self, does: str, number: int) -> None:
        path = self.folder / "hers.csv"
        if does == "vanishes":
            path.unlink(missing_ok=True)
        else:
            side = "buy" if does == "is good" else "sell"
            row = f"2026-01-0{number},hers,taxable,VTI,{side},{number}.{number},230,0,H,"
            trades_file(path, *[row, ""][: 1 + number % 2])


ENDS: tuple[OrderStep, ...] = ("filled", "cancelled", "rejected", "blocked", "expired")
ON: tuple[OrderStep, ...] = ("sent", "accepted", "unclear", "partly", "cancel-requested")
EVENTS = (
    *("main buys", "ira buys", "main sells", "it fills", "it ends", "it goes on"),
    *("main trades", "ira trades", "main looks", "ira looks", "ira differs"),
    *("main splits", "ira splits", "ira receives", "main receives"),
    *("file vanishes", "file is good", "file is bad", "time passes"),
)


def test_a_trade_works_out_its_own_account_and_security_only(config: Config, book: Book) -> None:
    before, rules = Before(), rules_of(config.households[0])
    asked = ((), rules, TODAY, config.accounts, book)
    first = work_out(*asked, before)
    known, worked = dict(before.accounts), before.groups.worked
    assert worked == len({lot.symbol for lot in first.household.open_lots} | {"BND"})
    work_out(*asked, before)
    assert before.groups.worked == worked
    traded(book, "main", "T1 2026-01-05 buy 3 VTI 228 0")
    after = work_out(*asked, before)
    assert before.groups.worked == worked + 1
    assert before.accounts["ira"] is known["ira"]
    assert before.accounts["main"] is not known["main"]
    assert after == work_out(*asked)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a household, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    with_table(read_config(Path(install(folder))), FILES)
    return folder


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(1, 9)), max_size=12))
def test_it_is_never_behind_one_that_reads_everything(
    events: list[tuple[str, int]], template: Path
) -> None:
    """After each event, what is remembered is what a household asked for the first time says."""
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(template, Path(place) / "home"))
        config = read_config(folder / "config.toml")
        with Book.open(config.book_url, upgrade=False) as book:
            kin, world = kin_of(config, book)[AccountId("main")], World(folder, book)
            kin.home(world.now)
            for what, number in events:
                world.happens(what, number)
                fresh = Kin(kin.settings, kin.accounts, book)
                assert kin.home(world.now) == fresh.home(world.now), what
                assert kin.notes == fresh.notes, what
