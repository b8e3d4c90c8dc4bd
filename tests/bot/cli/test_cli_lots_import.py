"""``trimtab lots import``: where it goes, that it is all or nothing, and that export comes back."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.lotting.importing.bar import line
from bot.cli.schemas import document_schema
from bot.cli.wiring import keep_replay, read_config
from brokers.manual.broker import ManualBroker
from brokers.manual.folder import LOTS, read_file
from brokers.manual.nouns import Frame, lots
from brokers.settings import ManualSettings
from brokers.words import (
    USD,
    AccountId,
    CashFlow,
    Environment,
    Execution,
    FlowKind,
    Side,
    Symbol,
    Transfer,
)
from strategies.lots import Rules, ledger
from tests.bot.importers.statement_files import FOLDER

D = Decimal
NOW = datetime(2026, 1, 20, 17, tzinfo=UTC)
LOOK = datetime(2026, 1, 2, 15, tzinfo=UTC)
IRA, MAIN, VTI = AccountId("ira"), AccountId("main"), Symbol("VTI")
CONFIG = """
book = "book.db"
[accounts.ira]
broker = "manual"
environment = "live"
live_account = "U7654321"
household = "hers"
[accounts.ira.manual]
folder = "ira"
[accounts.ira.target.weights]
VTI = 0.6
BND = 0.4
[accounts.main]
broker = "paper"
household = "his"
[accounts.main.target.weights]
VTI = 0.6
BND = 0.4
[households.hers]
[households.his]
"""
Import = Callable[..., tuple[int, str, str]]


def install(folder: Path) -> Path:
    """A config of two accounts: one by hand, one whose broker is spoken to; no book yet."""
    (folder / "ira").mkdir(mode=0o700)
    path = folder / "config.toml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    config = read_config(path)
    config.state_dir.mkdir(parents=True, exist_ok=True)
    keep_replay(config, NOW)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    install(tmp_path)
    return tmp_path


@pytest.fixture
def import_(home: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    """Runs ``trimtab -c CONFIG lots import ...``; exit code, stdout and stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        return said(capsys, home, "import", *arguments)

    return called


def said(capsys: pytest.CaptureFixture[str], home: Path, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["-c", str(home / "config.toml"), "lots", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def sample(name: str) -> str:
    return str(FOLDER / name)


def files(home: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted((home / "ira").glob("*.csv"))}


def looked_at(home: Path, account: AccountId, *transfers: Transfer) -> None:
    """A book that has looked at the account, and booked what it held."""
    with Book.open(home / "book.db", upgrade=True) as book:
        is_ira = account == IRA
        money = Environment.LIVE if is_ira else Environment.PAPER
        broker, number = ("manual", "U7654321") if is_ira else ("paper", "paper:1")
        book.bind(account, broker, money, number)
        cash = CashFlow("opening:1:USD", FlowKind.OTHER, D(100), LOOK)
        book.record(account, (), (cash,), transfers, ())
        book.keep_tieout(account, LOOK, ok=True, text="")


def blank(quantity: str, name: str = "opening:1:VTI", when: datetime = LOOK) -> Transfer:
    return Transfer(name, VTI, D(quantity), None, when.date(), when)


def open_lots(home: Path, account: AccountId) -> list[tuple[str, str, str]]:
    """Purchase day, shares and basis of VTI in the book."""
    config = read_config(home / "config.toml")
    tax = next(one for one in config.accounts if one.account == account).policy.tax
    with Book.open(home / "book.db", upgrade=False) as book:
        found = ledger(book.executions(account), book.transfers(account), (), Rules(tax))
    return [
        (
            str(lot.acquired),
            f"{lot.quantity:f}",
            "?" if lot.cost is None else f"{lot.cost.normalize():f}",
        )
        for lot in sorted(found.lots.get(VTI, ()), key=lambda lot: lot.acquired)
    ]


# An account kept by hand, before the first look.


def test_a_statement_goes_into_the_folder_once(import_: Import, home: Path) -> None:
    code, out, err = import_(sample("year.flex.xml"), "-a", "ira", "--yes")
    assert (code, out) == (0, ""), err
    kept = files(home)
    assert [*kept] == ["fills.csv", "flows.csv", "lots.csv", "splits.csv"]
    assert kept["lots.csv"].splitlines()[1:] == [
        "BND,40,2024-06-16,71.9,,USD,",
        "VTI,50,2021-03-04,201.5,2025-02-01,USD,",
        "VTI,50,2021-03-04,201.5,2025-02-02,USD,",
    ]
    assert len(kept["fills.csv"].splitlines()) == 6
    assert "next: trimtab check --account ira" in err
    code, out, err = import_(sample("year.flex.xml"), "-a", "ira", "--yes")
    assert code == 0
    assert "ira: nothing new" in out
    assert files(home) == kept


def test_what_the_folder_then_holds_is_what_the_statement_says_is_held(
    import_: Import, home: Path
) -> None:
    assert import_(sample("year.flex.xml"), "-a", "ira", "--yes")[0] == 0
    (home / "ira" / "positions.csv").write_text(
        "# account U7654321\nsymbol,quantity\nVTI,70\nBND,40\nNVDA,50\nBRK.B,4\n"
    )
    (home / "ira" / "cash.csv").write_text("currency,amount\nUSD,1\n")
    broker = ManualBroker(ManualSettings(home / "ira"), IRA, lambda: NOW)
    found = ledger(
        broker.executions(None),
        broker.transfers(None),
        broker.corporate_actions(None),
        Rules(),
    )
    held = {position.symbol: position.quantity for position in broker.account().positions}
    assert {symbol: found.quantity(symbol) for symbol in found.lots} == held
    (sold,) = found.realized
    assert (sold.acquired, sold.basis, sold.quantity) == (date(2021, 3, 4), D(10075), D(50))
    costs = {lot.acquired: lot.cost for lot in found.lots[VTI]}
    assert costs[date(2025, 2, 3)] in {D(2956), D("2955.55")}


def test_a_dry_run_writes_nothing_and_tells_the_same_as_json(import_: Import, home: Path) -> None:
    code, out, err = import_(sample("year.flex.xml"), "-a", "ira", "--dry-run", "--json")
    assert code == 0
    told = json.loads(out)
    jsonschema.validate(told, document_schema("lots-import"))
    assert (told["where"], told["written"], len(told["new"])) == ("folder", False, 11)
    assert "nothing was written" in err
    assert files(home) == {}
    code, out, _ = import_(sample("year.flex.xml"), "-a", "ira", "--yes", "--json")
    done = json.loads(out)
    assert code == 0
    assert done == told | {"written": True}


def test_nobody_is_asked_where_nobody_can_answer(import_: Import, home: Path) -> None:
    code, _, err = import_(sample("year.flex.xml"), "-a", "ira")
    assert code == 2
    assert "fix: --yes imports it, --dry-run only tells of it" in err
    assert files(home) == {}


def test_files_that_overlap_count_once(import_: Import, home: Path, tmp_path: Path) -> None:
    rows = (FOLDER / "fidelity-history.csv").read_text().splitlines(keepends=True)
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("".join([*rows[:4], *rows[7:]]))  # the older rows
    second.write_text("".join(rows))
    number = ("--number", "Z12345678")
    assert import_(str(first), str(second), "-a", "ira", "--yes", *number)[0] == 0
    assert len(files(home)["fills.csv"].splitlines()) == 4
    assert import_(str(second), "-a", "ira", "--yes", *number)[0] == 0
    assert len(files(home)["fills.csv"].splitlines()) == 4


def test_another_account_s_file_is_refused(import_: Import, home: Path) -> None:
    code, _, err = import_(sample("vanguard.csv"), "-a", "ira", "--yes")
    assert code == 2
    assert "vanguard.csv:2: the file is of account ...2345, and ira is another" in err
    assert 'fix: --number "40012345" takes that account of the file' in err
    assert files(home) == {}


BAD = {
    "one bad row among good ones": (
        "\n06/10/2025,,,YOU SOLD X (VTI),VTI,X,Cash,-4,ten,,,,5,,\n",
        'bad.csv:5: price: "ten" is no number like 1,234.56',
    ),
    "a sale of more than is held": (
        "\n06/10/2025,,,YOU SOLD X (VTI),VTI,X,Cash,-400,10,,,,5,,\n",
        "bad.csv:5: quantity: 400 VTI leave on 2025-06-10, and 6 are held",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_is_half_imported(name: str, import_: Import, home: Path, tmp_path: Path) -> None:
    row, wanted = BAD[name]
    rows = (FOLDER / "fidelity-history.csv").read_text().split("\n")
    (tmp_path / "bad.csv").write_text("\n".join([*rows[:4], row.strip(), *rows[4:]]))
    good = sample("year.flex.xml")
    code, _, err = import_(str(tmp_path / "bad.csv"), "-a", "ira", "--yes", "--number", "Z12345678")
    assert code == 2
    assert f"error: {wanted}" in err
    assert files(home) == {}
    assert import_(good, str(tmp_path / "none.xml"), "-a", "ira", "--yes")[0] == 3
    assert files(home) == {}


def test_lots_of_more_than_positions_csv_says(import_: Import, home: Path) -> None:
    (home / "ira" / "positions.csv").write_text("# account U7654321\nsymbol,quantity\nVTI,60\n")
    lots_only = ("-a", "ira", "--yes", "--number", "...234")
    code, _, err = import_(sample("schwab-lots.csv"), *lots_only)
    assert code == 2
    assert "schwab-lots.csv:3: with it VTI would come to 106, and positions.csv says 60" in err
    (home / "ira" / "positions.csv").write_text("# account U7654321\nsymbol,quantity\nVTI,110\n")
    code, _, err = import_(sample("schwab-lots.csv"), *lots_only)
    assert code == 0
    assert "VTI: 106 are told and positions.csv says 110: the first look will book the rest" in err


def test_a_later_picture_does_not_double_an_earlier_one(import_: Import, home: Path) -> None:
    asked = ("-a", "ira", "--yes", "--number", "Z12345678")
    assert import_(sample("fidelity-positions.csv"), *asked)[0] == 0
    kept = files(home)
    later = (FOLDER / "fidelity-positions.csv").read_text().replace("Jan-05", "Jan-12")
    (home / "later.csv").write_text(later)
    code, _, err = import_(str(home / "later.csv"), *asked)
    assert code == 2
    assert "with it FXNAX would come to 2.868, and the file says that 1.434 are held" in err
    assert files(home) == kept


# After the first look: the book has what was held, lots tell what it cost.


def test_lots_tell_the_basis_of_what_the_first_look_found(import_: Import, home: Path) -> None:
    looked_at(home, IRA, blank("106"))
    found = ("schwab-lots.csv", "-a", "ira", "--yes", "--number", "...234")
    code, _, err = import_(sample(found[0]), *found[1:])
    assert code == 0, err
    assert open_lots(home, IRA) == [("2021-03-04", "96", "19344"), ("2025-02-03", "10", "2955")]
    assert files(home) == {}
    code, out, _ = import_(sample(found[0]), *found[1:])
    assert (code, out.splitlines()[1]) == (0, "ira: nothing new")
    assert len(open_lots(home, IRA)) == 2


def test_a_part_may_be_told_and_the_rest_later(
    import_: Import, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looked_at(home, IRA, blank("106"))
    rows = (FOLDER / "schwab-lots.csv").read_text().splitlines(keepends=True)
    (tmp_path / "half.csv").write_text("".join(rows[:3]))
    assert import_(str(tmp_path / "half.csv"), "-a", "ira", "-y", "--number", "...234")[0] == 0
    assert open_lots(home, IRA) == [("2021-03-04", "96", "19344"), ("2026-01-02", "10", "?")]
    shown = said(capsys, home, "ira", "--json")[1]
    basis = {row["acquired"]: row["basis"] for row in json.loads(shown)["lots"]}
    assert (D(basis["2021-03-04"]), basis["2026-01-02"]) == (D(19344), None)
    assert import_(sample("schwab-lots.csv"), "-a", "ira", "-y", "--number", "...234")[0] == 0
    assert open_lots(home, IRA) == [("2021-03-04", "96", "19344"), ("2025-02-03", "10", "2955")]


def test_what_was_before_the_first_look_is_not_taken_again(import_: Import, home: Path) -> None:
    looked_at(home, IRA, blank("6"))
    code, out, err = import_(
        sample("fidelity-history.csv"), "-a", "ira", "-y", "--number", "Z12345678"
    )
    assert code == 0
    assert "5 trades, cash flows and splits are of before the first look" in err
    assert "ira: nothing new" in out
    assert files(home) == {}


# An account whose broker is spoken to.


def test_a_broker_that_tells_its_own_trades_is_given_lots_only(import_: Import, home: Path) -> None:
    looked_at(home, MAIN, blank("100", "acats-1"))
    trades = Execution("x", 1, None, VTI, Side.BUY, D(10), D("295.5"), D(0), LOOK - timedelta(300))
    with Book.open(home / "book.db", upgrade=False) as book:
        book.record(MAIN, (trades,), (), (), ())
    code, _, err = import_(sample("schwab-transactions.csv"), "-a", "main", "-y")
    assert code == 2
    assert "no lots with a basis, and main takes nothing else from a file" in err
    assert "its trades and cash are its broker's (paper) to tell" in err
    lots_csv = home / "lots.csv"
    lots_csv.write_text(
        "account,symbol,lot,quantity,acquired,basis,washed\n"
        "x,VTI,A,60,2021-03-04,12090,0\nx,VTI,B,40,2022-03-04,8100.10,0\n"
    )
    code, _, err = import_(str(lots_csv), "-a", "main", "-y")
    assert code == 0, err
    assert "next: trimtab lots main" in err
    assert open_lots(home, MAIN) == [
        ("2021-03-04", "60", "12090"),
        ("2022-03-04", "40", "8100.1"),
        (str((LOOK - timedelta(300)).date()), "10", "2955"),
    ]


REFUSED = {
    "more than came": (("100",), 60, "lots of 106 VTI that the book does not have, and 100 came"),
    "sold since": (("106",), 50, "has been sold or changed since; which lots are gone"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_lots_that_do_not_fit_what_came(name: str, import_: Import, home: Path) -> None:
    (came,), sold, wanted = REFUSED[name]
    looked_at(home, MAIN, blank(came))
    if name == "sold since":
        when = LOOK + timedelta(days=1)
        sale = Execution("s", 1, None, VTI, Side.SELL, D(sold), D(300), D(0), when)
        with Book.open(home / "book.db", upgrade=False) as book:
            book.record(MAIN, (sale,), (), (), ())
    before = open_lots(home, MAIN)
    code, _, err = import_(sample("schwab-lots.csv"), "-a", "main", "-y")
    assert code == 2
    assert "error: schwab-lots.csv:3: " in err
    assert wanted in err
    assert open_lots(home, MAIN) == before


def test_nothing_came_without_a_basis(import_: Import) -> None:
    code, _, err = import_(sample("schwab-lots.csv"), "-a", "main", "-y")
    assert code == 2
    assert "main: nothing came into it without a basis, so there is nothing to import" in err


# Accounts that the config does not have.


def test_into_a_file_for_the_taxes(
    import_: Import, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = home / "her.csv"
    asked = ("--to", str(to), "-a", "her", "--kind", "roth", "--yes")
    code, _, err = import_(sample("year.flex.xml"), *asked)
    assert code == 0, err
    rows = [*csv.DictReader(io.StringIO(to.read_text()))]
    assert {row["account"] + row["kind"] for row in rows if row["side"] != "split"} == {"herroth"}
    assert [row["side"] for row in rows].count("buy") == 7
    assert {row["order"] for row in rows if row["lot"].startswith("0000e1a7.67a1")} == {"771"}
    assert import_(sample("year.flex.xml"), *asked)[1].splitlines()[1] == "her: nothing new"
    capsys.readouterr()
    assert run(["tax", "--trades", str(to), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    held: dict[str, Decimal] = {}
    for lot in told["open_lots"]:
        held[lot["symbol"]] = held.get(lot["symbol"], D(0)) + D(lot["quantity"])
    assert held == {"VTI": D(70), "BND": D(40), "NVDA": D(50), "BRK.B": D(4)}


def test_a_file_keeps_the_owner_s_rows_and_columns(import_: Import, home: Path) -> None:
    to = home / "her.csv"
    head = "lot,note,date,account,kind,symbol,side,quantity,price,fee,order"
    mine = f"{head}\nM,my own,2020-01-02,her,taxable,BND,buy,4,70,0,"
    to.write_text(mine)
    assert import_(sample("schwab-lots.csv"), "--to", str(to), "-a", "her", "--yes")[0] == 0
    text = to.read_text()
    assert text.startswith(mine + "\n")
    assert ",,2021-03-04,her,taxable,VTI,buy,96,201.5,0," in text
    code, _, err = import_(
        sample("schwab-lots.csv"), "--to", str(to), "-a", "her", "--kind", "ira", "--yes"
    )
    assert code == 2
    assert "her.csv:2: her is of kind taxable, not ira" in err


MISUSE = {
    "no account": (("--to", "x.csv"), "--to needs a name for the account"),
    "of the config": (("--to", "x.csv", "-a", "ira"), "ira is an account of"),
    "no kind": (("--to", "x.csv", "-a", "her", "--kind", "cash"), "--kind cash: there is none"),
    "no format": (("-a", "ira", "--format", "xls"), "--format xls: there is none such"),
    "two formats": (("-a", "ira", "--format", "ofx", "--mapping", "m"), "--mapping tells the"),
    "no part": (("-a", "ira", "--only", "some"), "--only some: there is none such"),
    "no such account": (("-a", "iro"), "did you mean ira?"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_told(name: str, import_: Import) -> None:
    arguments, wanted = MISUSE[name]
    code, _, err = import_(sample("year.flex.xml"), *arguments)
    assert code == 2
    assert wanted in err
    assert "fix: " in err


def test_the_bar_of_a_long_file() -> None:
    assert line("year.xml", 12_000, 24_000) == (
        "reading year.xml  [###############...............]  50%  12,000 of 24,000 lines"
    )
    assert line("x", 0, 0).endswith("100%  0 of 0 lines")


# What export writes, import reads.

LOT = st.tuples(
    st.sampled_from(["VTI", "BND", "BRK.B"]),
    st.decimals("0.000000001", "9999", places=9),
    st.none() | st.decimals("0", "99999", places=2),
    st.dates(date(2001, 1, 1), date(2025, 12, 31)),
)
COLUMNS = ("symbol", "quantity", "acquired", "basis", "held_since", "term", "days_to_long")


def exported(capsys: pytest.CaptureFixture[str], home: Path, form: str) -> str:
    code, out, err = said(capsys, home, "export", "-a", "ira", "--format", form)
    assert code == 0, err
    return out


def rows_of(text: str) -> list[tuple[str, ...]]:
    return sorted(tuple(row[name] for name in COLUMNS) for row in csv.DictReader(io.StringIO(text)))


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(LOT, min_size=1, max_size=8), form=st.sampled_from(["csv", "json"]))
def test_what_is_exported_and_imported_is_the_same(
    told: list[Any],
    form: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    install(first)
    install(second)
    came = [
        Transfer(f"t{n}", Symbol(s), q, None if b is None else b / q, day, LOOK)
        for n, (s, q, b, day) in enumerate(told)
    ]
    looked_at(first, IRA, *came)
    file = second / f"lots.{form}"
    file.write_text(exported(capsys, first, form))
    code, _, err = said(capsys, second, "import", str(file), "-a", "ira", "--yes")
    assert code == 0, err
    held = read_file(second / "ira", LOTS, lots, Frame(USD, NOW))
    looked_at(second, IRA, *held)
    assert rows_of(exported(capsys, second, "csv")) == rows_of(exported(capsys, first, "csv"))


def test_a_trade_of_today_is_not_in_the_future(import_: Import, home: Path) -> None:
    rows = (FOLDER / "fidelity-history.csv").read_text().replace("06/09/2025", "01/20/2026")
    (home / "today.csv").write_text(rows)
    asked = ("-a", "ira", "-y", "--number", "Z12345678")
    assert import_(str(home / "today.csv"), *asked)[0] == 0
    (home / "ira" / "positions.csv").write_text(
        "# account U7654321\nsymbol,quantity\nVTI,6\nFXNAX,1.434\n"
    )
    (home / "ira" / "cash.csv").write_text("currency,amount\nUSD,1\n")
    early = datetime(2026, 1, 20, 13, tzinfo=UTC)  # eight in New York
    broker = ManualBroker(ManualSettings(home / "ira"), IRA, lambda: early)
    assert {e.symbol for e in broker.executions(None)} == {"VTI", "FXNAX"}
