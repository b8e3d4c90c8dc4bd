"""``trimtab location``, ``rmd``, ``gift``, ``withdraw``: the page of docs, the book, bad input."""

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from target_files import said
from tax_books import install

from bot.book.book import Book
from bot.book.rows import SnapshotRow
from bot.cli.schemas import document_schema
from bot.cli.wiring import read_config
from brokers.words import AccountId

D = Decimal
PAGE = (Path(__file__).parents[3] / "docs" / "household.md").read_text(encoding="utf-8")
HOME = next(re.finditer(r"```toml\n(.*?)```", PAGE, re.DOTALL)).group(1)
SHOWN = re.findall(r"```sh\ntrimtab (.*?)\n```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
DAY = ("--day", "2026-11-27")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file of the page, and no config."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home.toml").write_text(HOME, encoding="utf-8")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], kind: str, *line: str) -> dict[str, Any]:
    """The document, which keeps its schema."""
    code, out, err = said(capsys, *line, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out, parse_float=D)
    jsonschema.validate(document, document_schema(kind))
    return document


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("line", "shown"), SHOWN, ids=[line for line, _ in SHOWN])
def test_the_page_shows_what_is_printed(
    line: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(SHOWN) == 5
    code, out, err = said(capsys, *line.split(), *DAY)
    assert (code, out) == (0, shown), err
    assert max(map(len, out.splitlines())) <= 80


def test_the_page_s_worked_numbers() -> None:
    """The figures of its formulas, each worked out from the file that it shows."""
    file = tomllib.loads(HOME, parse_float=D)
    rates, assets = file["rates"], file["assets"]
    income = rates["federal_short"] + rates["state_short"]
    bond = (1 + assets["BND"]["total"] * (1 - income)) ** 20
    share = (1 + assets["VTI"]["total"]) ** 20
    for number in (bond, share, share * (1 - file["household"]["withdrawal_rate"])):
        assert f"{number:.4f}" in PAGE.partition("In the example BND")[2][:400]
    today = (bond + D("0.20") * 2 / 73) / (1 + assets["BND"]["total"]) ** 20
    spared = 51_976 * (1 - today), D("10795.43") * file["household"]["withdrawal_rate"]
    shown = PAGE.partition("In the example a dollar")[2][:400]
    assert all(f"{part:.4f}" in shown for part in (today, 1 - today))
    assert all(f"{part:,.2f}" in shown for part in (*spared, sum(spared)))


@pytest.mark.usefixtures("here")
def test_documents_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "location", "location", "--from", "home.toml", *DAY)
    worth = D(found["worth"])
    assert worth == 12_000 + 700 * 300 + 900 * 73 + D("0.78") * 420_000 + 90_000
    assert D(found["gained"]) == D(found["terminal"]) - D(found["separate"])
    for account in found["accounts"]:
        assert sum(D(line["weight"]) for line in account["lines"]) == 1
        after = sum(D(line["after"]) for line in account["lines"])
        assert after + D(account["tax"]) == D(account["value"])
    raised = told(capsys, "withdraw", "withdraw", "60000", "--from", "home.toml", *DAY)
    taxes = D(raised["tax_on_gains"]) + D(raised["tax_on_income"])
    assert D(raised["hand"]) == D(raised["gross"]) - taxes
    assert D(raised["cost"]) == taxes - D(raised["spared"])
    out = sum(D(row["amount"]) for row in raised["taken"])
    assert D(raised["gross"]) == out + sum(D(row["proceeds"]) for row in raised["lots"])
    given = told(capsys, "gift", "gift", "25000", "--from", "home.toml", *DAY)
    assert D(given["value"]) + D(given["short_of"]) == 25_000
    due = told(capsys, "rmd", "rmd", "--from", "home.toml", *DAY)
    assert [row["due"] for row in due["dues"]] == ["2026-04-01", "2026-12-31"]


@pytest.mark.usefixtures("here")
def test_options_stand_in_for_keys(capsys: pytest.CaptureFixture[str]) -> None:
    line = ("location", "--from", "home.toml", "--pre-tax", "--years", "1", *DAY)
    found = told(capsys, "location", *line)
    assert D(found["worth"]) == 12_000 + 700 * 300 + 900 * 73 + 420_000 + 90_000
    assert (found["years"], found["weighting"]) == (1, "pre-tax")
    line = ("withdraw", "90000", "--from", "home.toml", *DAY)
    low = told(capsys, "withdraw", *line, "--ceiling", "0", "--rate", "0.1", "--above", "0.5")
    assert (low["bracket_room"], low["ordinary_rate"], low["rate_above"]) == ("0", "0.1", "0.5")


def test_the_mix_may_be_a_file_of_weights(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same answer as with the weights in the file of the household, which has none then."""
    text = re.sub(r"(?m)^weight = .*\n", "", HOME)
    bare = text.replace("[household]\n", '[household]\nweights = "mix.csv"\n')
    (here / "bare.toml").write_text(bare, encoding="utf-8")
    mix = here / "mix.csv"
    mix.write_text("symbol,weight\nVTI,0.60\nBND,0.30\nVNQ,0.10\n", encoding="utf-8")
    found = told(capsys, "location", "location", "--from", "bare.toml", *DAY)
    assert found == told(capsys, "location", "location", "--from", "home.toml", *DAY)
    mix.write_text("symbol,weight\nVTI,0.60\nGLD,0.40\nX\n", encoding="utf-8")
    err = said(capsys, "location", "--from", "bare.toml", *DAY)[2]
    assert "mix.csv:4" in err
    mix.write_text("symbol,weight\nVTI,0.60\nGLD,0.40\n", encoding="utf-8")
    err = said(capsys, "location", "--from", "bare.toml", *DAY)[2]
    assert "GLD of mix.csv has no table [assets.GLD]" in err
    both = HOME.replace("[household]\n", '[household]\nweights = "mix.csv"\n')
    (here / "both.toml").write_text(both, encoding="utf-8")
    assert "keep one of the two" in said(capsys, "location", "--from", "both.toml", *DAY)[2]


def test_the_weights_are_a_target_of_the_config(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = said(capsys, "location", "--from", "home.toml", "--output", "targets", *DAY)
    assert code == 0
    assert "wrote targets/main.csv" in err
    config = here / "config.toml"
    config.write_text(
        'book = "book.db"\n[accounts.main]\nbroker = "paper"\n'
        '[accounts.main.target]\nstrategy = "fixed"\nfile = "targets/main.csv"\n',
        encoding="utf-8",
    )
    (account,) = read_config(config).accounts
    found = told(capsys, "location", "location", "--from", "home.toml", "--without-book", *DAY)
    lines = next(one for one in found["accounts"] if one["account"] == "main")["lines"]
    wanted = {line["symbol"]: D(line["weight"]) for line in lines if D(line["weight"])}
    assert dict(account.policy.target.weights) == wanted


BOOKED = """
[assets.VTI]
weight = 0.7
total = 0.07
qualified = 0.013
[assets.BND]
weight = 0.3
total = 0.04
ordinary = 0.04
[people.me]
birth = 1951-01-01
[accounts.ira]
year_ends = { 2025 = 246000 }
cash = 20000
[accounts.roth]
kind = "roth"
value = 10000
[prices]
BND = 75
"""
TRADES = {
    "main": """
        B1 2024-03-04 buy  100 VTI 250 1
        B3 2025-02-03 buy   10 BND  70 0
        B2 2025-07-10 buy   20 VTI 300 0
    """,
    "ira": """
        I1 2026-01-08 buy   10 VTI 290 0
    """,
}


@pytest.fixture
def booked(tmp_path: Path) -> tuple[str, ...]:
    """The start of a line: a config with a book, whose clock stands at 20 January 2026."""
    config = install(tmp_path, TRADES)
    (tmp_path / "home.toml").write_text(BOOKED, encoding="utf-8")
    return ("-c", config)


def beside(booked: Sequence[str]) -> tuple[str, str]:
    return "--from", str(Path(booked[1]).with_name("home.toml"))


def test_lots_and_rates_come_from_the_book(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "location", *booked, "location", *beside(booked))
    values = {one["account"]: D(one["value"]) for one in found["accounts"]}
    assert values == {"main": 120 * 290 + 10 * 75, "ira": 10 * 290 + 20_000, "roth": 10_000}
    assert (D(found["short_rate"]), D(found["long_rate"])) == (D("0.35"), D("0.15"))
    assert "its cash is not known" in "".join(found["notes"])


def test_a_purchase_in_the_ira_bars_the_loss(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "withdraw", *booked, "withdraw", "20000", *beside(booked))
    assert [(row["account"], row["what"]) for row in found["left"]] == [
        ("main", "VTI of 2025-07-10")
    ]
    assert "a loss is lost for good" in found["left"][0]["why"]
    assert "B2" not in {row["lot"] for row in found["lots"]}
    assert D(found["taken"][0]["required"]) == 10_000, "246,000 over 24.6"
    assert D(found["hand"]) >= 20_000


def test_a_gift_takes_the_lot_of_most_gain(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "gift", *booked, "gift", "5000", *beside(booked))
    assert [(row["lot"], row["quantity"]) for row in found["lots"]] == [("B1", "17")]
    assert {row["lot"] for row in found["kept"]} == {"B2", "B3"}
    person = told(capsys, "gift", *booked, "gift", "5000", "--to", "person", "--exclusion", "4000")
    assert D(person["reported"]) == D(person["value"]) - 4_000


def test_the_end_of_last_year_comes_from_the_last_look_of_it(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A look of 30 December tells it, one of the 15th does not; the last look tells the cash."""
    home = Path(booked[1]).with_name("looked.toml")
    home.write_text("[people.me]\nbirth = 1951-01-01\n", encoding="utf-8")
    line = (*booked, "rmd", "--from", str(home))
    look(booked, datetime(2025, 12, 15, 20, tzinfo=UTC), "99999")
    assert "ira: its value at the end of 2025 is not told" in said(capsys, *line)[2]
    look(booked, datetime(2025, 12, 30, 20, tzinfo=UTC), "24600")
    assert told(capsys, "rmd", *line)["dues"][0]["required"] == "1000.00"
    found = told(capsys, "withdraw", *booked, "withdraw", "1000", "--from", str(home))
    assert not [note for note in found["notes"] if note.startswith("ira: its cash")]


def look(booked: Sequence[str], when: datetime, nav: str) -> None:
    """Keep in the book what the IRA looked like."""
    ira = AccountId("ira")
    with Book.open(Path(booked[1]).with_name("book.db"), upgrade=True) as book:
        book.keep_snapshot(SnapshotRow(ira, when, when.date(), D(nav), D(500)))


def test_what_is_not_in_cash_or_comes_too_late_is_said(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """2,900 of shares and 300 of cash for 1,000; 26.5 and 25.5 years for who waited too long."""
    home = Path(booked[1]).with_name("short.toml")
    ira = "[accounts.ira]\ncash = 300\nyear_ends = { 2024 = 26500, 2025 = 25500 }\n"
    home.write_text(f"[people.me]\nbirth = 1952-01-01\n{ira}", encoding="utf-8")
    line = (*booked, "rmd", "--from", str(home))
    found = told(capsys, "rmd", *line, "--day", "2026-04-02")
    assert [due["overdue"] for due in found["dues"]] == [True, False]
    assert found["warnings"][0].startswith(
        "ira has 300.00 USD in cash for 1,000.00 by 2026-04-01: sell before"
    )
    page = said(capsys, *line, "--day", "2026-04-02")[1]
    assert "That day has passed" in page
    assert "distributed in kind" in page


WASHED = """
[household]
years = 30
[rates]
federal_short = 0.24
federal_long = 0.15
[assets.VTI]
weight = 0.5
total = 0.07
[assets.BND]
weight = 0.5
total = 0.07
ordinary = 0.07
[accounts.main]
kind = "taxable"
[[accounts.main.lots]]
symbol = "BND"
quantity = 100
unit_basis = 90
acquired = 2020-01-02
[accounts.roth]
kind = "roth"
value = 8000
[prices]
BND = 80
"""


def test_a_loss_that_the_placement_itself_would_wash_is_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "washed.toml").write_text(WASHED, encoding="utf-8")
    found = told(capsys, "location", "location", "--from", "washed.toml", *DAY)
    (warning,) = found["warnings"]
    assert warning.startswith("BND is sold at a loss in main and bought in roth: within 30 days")
    code, out, _ = said(capsys, "location", "--from", "washed.toml", *DAY)
    assert code == 0
    assert "is sold at a loss in main" in out


def test_the_kind_of_an_account_is_the_config_s(
    booked: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    home = Path(booked[1]).with_name("other.toml")
    home.write_text('[accounts.main]\nkind = "roth"\n', encoding="utf-8")
    code, out, err = said(capsys, *booked, "gift", "5000", "--from", str(home))
    assert (code, out) == (2, "")
    assert "accounts.main: it is roth here and taxable in the config" in err


def test_one_owner_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    line = ("rmd", "2023", "--birth", "1948-05-04", "--value", "100000")
    assert told(capsys, "rmd", *line)["dues"][0]["required"] == "4065.05"
    younger = told(capsys, "rmd", *line, "--spouse", "1963-05-04")
    assert younger["dues"][0]["table"] == "joint"
    second = ("rmd", "2025", "--birth", "1951-08-20", "--value", "255,000")
    code, out, err = said(capsys, *second)
    assert (code, out) == (2, "")
    assert "its value at the end of 2023 is not told" in err
    two = told(capsys, "rmd", *second, "--value", "265000")["dues"]
    assert [row["left"] for row in two] == ["10000.00", "10000.00"]


REFUSED = (
    ("location --without-book", "--without-book leaves nothing to read"),
    ("location --from none.toml", "none.toml"),
    ("location --from home.toml --day tomorrow", "--day tomorrow: that is no day"),
    ("rmd 2026 --birth 1951-05-04", "the year, --birth and --value are needed"),
    ("rmd 2021 --birth 1940-05-04 --value 5", "in force since 2022"),
    ("rmd 2026 --birth soon --value 5", "--birth soon: that is no day"),
    ("gift 0 --from home.toml", "the amount to give is 0"),
    ("gift lots --from home.toml", "AMOUNT lots is no amount"),
    ("gift 5 --from home.toml --to nobody", "there is: charity, person"),
    ("withdraw -- -5", "AMOUNT -5 is no amount from zero on"),
    ("withdraw 9000000 --from home.toml", "9000000 cannot be raised"),
    ("withdraw 5 --from home.toml --rate 24", "--rate 24: a rate is below 1"),
    ("withdraw 5 --from home.toml --above 0.1", "the rate above the ceiling is the lower one"),
)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_is_wrong_is_said_with_the_remedy(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = line.split()
    words = words if "--from" in words or words[0] == "rmd" else [*words]
    if words[0] == "withdraw" and "--from" not in words:
        words = ["withdraw", "--from", "home.toml", *words[1:]]
    code, out, err = said(capsys, *words)
    assert code in {2, 3}
    assert out == ""
    assert message in err
    assert "fix: " in err


LOT = """\
accounts.a.kind = "taxable"
[[accounts.a.lots]]
symbol = "VTI"
quantity = 5
"""
BAD_FILES = (
    ("x = ", "is no TOML"),
    ("[household]\nyear = 5", 'household: year: there is no such key; did you mean "years"?'),
    ("[household]\nyears = 2.5", "household: years: Decimal('2.5') must be a whole number"),
    ("[household]\nyears = 0", "a horizon of 0 years"),
    ('[household]\nweighting = "gross"', "is none of: after-tax, pre-tax"),
    ("[assets.VTI]\nweight = 1.0", "assets.VTI: total, the return of a year before tax"),
    ("[assets.VTI]\nweight = -1\ntotal = 0.05", "VTI: weight is -1"),
    ("[rates]\nfederal_long = 15", "federal_long is 15"),
    ("[people.me]\nspouse = 1950-01-01", "people.me: the birth date is missing"),
    ('[people.me]\nbirth = "1950-01-01"', "people.me: birth: '1950-01-01' must be a day"),
    ("[accounts.a]\nvalue = 5", "accounts.a: its kind is missing"),
    ('[accounts.a]\nkind = "ira"', "accounts.a: kind: 'ira' is none of: taxable"),
    ('[accounts.a]\nkind = "roth"\nvalue = "x"', "accounts.a: value: 'x' must be a number"),
    ('[accounts.a]\nkind = "roth"\nyear_ends = { x = 5 }', "x is no year like 2026"),
    (LOT, "accounts.a.lots 1: a lot needs symbol, quantity and acquired"),
    (
        f"{LOT}acquired = 2020-01-02",
        "the price of VTI is missing",
    ),
    (
        f"accounts.a.value = 5\n{LOT}acquired = 2020-01-02\n[prices]\nVTI = 3",
        "accounts.a: worth 5, and its lots are worth 15",
    ),
    ('[accounts.a]\nkind = "roth"\nvalue = 5', "the mix of the household is not told"),
    (
        '[assets.V]\nweight = 1\ntotal = 0.05\n[accounts.a]\nkind = "roth"\nvalue = 5',
        "no tax rates are told",
    ),
)


@pytest.mark.parametrize(("text", "message"), BAD_FILES)
def test_a_bad_file_is_told_by_its_key(
    here: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.toml").write_text(text, encoding="utf-8")
    code, out, err = said(capsys, "location", "--from", "bad.toml", *DAY)
    assert (code, out) == (2, "")
    assert message in err
    assert "fix: " in err


def test_every_mistake_is_told_at_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.toml").write_text("[household]\nyear = 5\nstepped_up = 1\n[other]\n")
    err = said(capsys, "location", "--from", "bad.toml")[2]
    assert err.count("error: bad.toml: ") == 3


EARLY = """
[rates]
federal_short = 0.24
federal_long = 0.15
[people.me]
birth = 1990-06-30
[accounts.ira]
kind = "traditional"
value = 50000
[accounts.roth]
kind = "roth"
value = 50000
contributions = 12000
[accounts.hsa]
kind = "hsa"
value = 9000
"""


def test_before_fifty_nine_and_a_half(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the Roth its contributions, of the IRA at 10 % more, of the HSA nothing."""
    (here / "early.toml").write_text(EARLY, encoding="utf-8")
    line = ("withdraw", "18600", "--from", "early.toml", *DAY)
    found = told(capsys, "withdraw", *line)
    taken = {row["account"]: (D(row["amount"]), D(row["tax"])) for row in found["taken"]}
    assert taken == {"roth": (D(12_000), D(0)), "ira": (D(10_000), D(3_400))}
    assert [row["account"] for row in found["left"]] == ["hsa"]
    day = ("--day", "2049-12-30")
    later = told(capsys, "withdraw", "withdraw", "7600", "--from", "early.toml", *day)
    assert D(later["taken"][0]["tax"]) == 2_400, "59 and a half today"
