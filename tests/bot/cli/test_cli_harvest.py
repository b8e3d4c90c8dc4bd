"""``trimtab harvest``: an account that has fallen, its household, and whatever can go wrong."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from target_files import said
from tax_files import HEADER

from bot.cli.app import run
from bot.cli.schemas import document_schema

SUBSTITUTES = "symbol,substitute\nXOM,KO\nXOM,CVX\nBAC,JPM\nUNH,NOPE\n"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A taxable demo on 24 January 2020, when some of its names had fallen."""
    folder = tmp_path_factory.mktemp("harvest") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-24"]) == 0
    path = folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    assert 'kind = "traditional"' in text
    path.write_text(text.replace('kind = "traditional"', 'kind = "taxable"'), encoding="utf-8")
    (folder / "s.csv").write_text(SUBSTITUTES, encoding="utf-8")
    return str(path)


def told(
    capsys: pytest.CaptureFixture[str], config: str, *line: str, kind: str = "harvest"
) -> dict[str, Any]:
    """The document, which keeps its schema."""
    code, out, err = said(capsys, "-c", config, "harvest", *line, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema(kind))
    return document


def substitutes(config: str) -> tuple[str, str]:
    return "--substitutes", str(Path(config).parent / "s.csv")


def elsewhere(folder: Path, *rows: str) -> tuple[str, str]:
    """A file of trades of an account that the book does not keep."""
    path = folder / "other.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return "--trades", str(path)


def kept(config: str) -> list[str]:
    """All of the book but price histories: those of substitutes are kept when first asked for."""
    prices = ('INSERT INTO "prices"', 'INSERT INTO "chain"')
    with closing(sqlite3.connect(Path(config).parent / "trimtab.db")) as book:
        return [line for line in book.iterdump() if not line.startswith(prices)]


def lots(document: dict[str, Any], symbol: str) -> list[dict[str, Any]]:
    return [row for row in document["lots"] if row["symbol"] == symbol]


def money(row: dict[str, Any], *names: str) -> list[Decimal]:
    return [Decimal(row[name]) for name in names]


def test_every_lot_has_a_verdict_and_nothing_is_written(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(config)
    document = told(capsys, config, *substitutes(config))
    assert kept(config) == before
    assert (document["account"], document["environment"]) == ("demo", "PAPER")
    assert len({row["symbol"] for row in document["lots"]}) == 20
    assert all(row["why"] for row in document["lots"])
    sold = [row for row in document["lots"] if row["verdict"] == "harvest"]
    assert {row["symbol"] for row in sold} == {"XOM", "BAC"}
    assert [row["substitute"] for row in sold] == ["CVX", "JPM"]
    assert sum(money(row, "loss")[0] for row in sold) == Decimal(document["loss"])
    assert sum(money(row, "net")[0] for row in sold) == Decimal(document["net"])
    assert all(row["sale_net"] == row["net"] for row in sold), "each is a sale of one lot"


@pytest.mark.parametrize("brought", [0, 2_000])
def test_the_dollars_of_the_harvest_add_up(
    config: str, brought: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, config, *substitutes(config), "--carryover-short", str(brought))
    sold = [row for row in document["lots"] if row["verdict"] == "harvest"]
    assert sold
    for row in sold:
        net, saved, later, *costs = money(
            row, "net", "saved", "later", "spread", "fees", "impact", "tracking"
        )
        assert net == saved - later - sum(costs)
        gain, value, basis = money(row, "gain", "value", "basis")
        assert abs(gain - (value - basis)) <= Decimal("0.01")
        assert money(row, "loss")[0] == -gain
    room = Decimal(document["assumed"]["realised_short"]) + 3000 - brought
    used = min(Decimal(document["loss"]), room)
    assert abs(Decimal(document["saved"]) - used * Decimal("0.35")) <= Decimal("0.02")
    carried = sum(money(row, "carried")[0] for row in sold)
    assert abs(carried - (Decimal(document["loss"]) - used)) <= Decimal("0.02")
    assert (carried > 0) == (brought > 0), "gains first, then the deduction, then it waits"


def test_what_was_bought_lately_stands_in_the_way(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row, *_ = lots(told(capsys, config), "RRC")
    assert row["verdict"] == "deferred"
    bought = row["because"][0]["acquired"]
    free = date.fromisoformat(bought) + timedelta(days=31)
    assert row["why"].startswith(f"not harvested: a purchase of {bought} in demo would defer")
    assert row["free_from"] == free.isoformat()
    allowed = told(capsys, config, "--defer")
    assert lots(allowed, "RRC")[0]["verdict"] == "no substitute"


def test_an_ira_elsewhere_stops_it_for_good(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades = elsewhere(tmp_path, "2020-01-06,ira,ira,XOM,reinvest,3,50,0,R,")
    row = lots(told(capsys, config, *substitutes(config), *trades), "XOM")[0]
    assert row["verdict"] == "lost for good"
    assert "a purchase of 2020-01-06 in ira would take" in row["why"]
    assert row["because"] == [
        {
            "account": "ira",
            "symbol": "XOM",
            "acquired": "2020-01-06",
            "quantity": "3",
            "loss": row["permanently_lost"],
            "is_lost": True,
        }
    ]
    like = elsewhere(tmp_path, "2020-01-06,ira,ira,MOBIL,reinvest,3,50,0,R,")
    row = lots(told(capsys, config, *like, "--identical", "XOM,MOBIL"), "XOM")[0]
    assert row["verdict"] == "lost for good"


def test_gains_of_a_spouse_are_met(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades = elsewhere(
        tmp_path,
        "2019-01-02,hers,taxable,SPY,buy,1000,250,0,A,",
        "2020-01-21,hers,taxable,SPY,sell,1000,320,0,A,",
    )
    document = told(capsys, config, *substitutes(config), *trades)
    assert document["assumed"]["realised_long"] == "70000.00"
    assert money(lots(document, "XOM")[0], "carried") == [0]


HERS = (
    "2019-01-02,hers,taxable,CVX,buy,200,130,0,A,",
    "2020-01-15,hers,taxable,CVX,sell,200,110,0,A,",
)


def test_a_substitute_that_may_not_be_bought(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, config, *substitutes(config))
    nope = lots(document, "UNH")[0]["substitutes"][0]
    assert nope["objection"] == "the broker does not know this symbol"
    assert [one["symbol"] for one in lots(document, "XOM")[0]["substitutes"]] == ["CVX", "KO"]
    locked = told(capsys, config, *substitutes(config), *elsewhere(tmp_path, *HERS))
    ranked = lots(locked, "XOM")[0]["substitutes"]
    assert [one["symbol"] for one in ranked] == ["KO", "CVX"]
    assert ranked[1]["objection"].endswith(
        " USD on CVX was taken on 2020-01-15: not to be bought up to 2020-02-14"
    )
    same = told(capsys, config, *substitutes(config), "--identical", "XOM,CVX")
    assert lots(same, "XOM")[0]["substitutes"][-1]["objection"] == (
        "it is substantially identical to XOM"
    )


def test_the_page(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "-c", config, "harvest", *substitutes(config), "-n", "6")
    assert code == 0
    assert out.isascii()
    assert max(map(len, out.splitlines())) <= 80
    for words in ("Would be sold today", "What may be bought instead", "At a loss, and not sold"):
        assert words in out
    assert "Overlap is the share of what both hold" in out
    nothing = said(capsys, "-c", config, "harvest", "--min", "100000")[1]
    assert "nothing is worth it" in nothing


def test_the_calendar(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trades = elsewhere(tmp_path, "2020-01-06,ira,ira,XOM,reinvest,3,50,0,R,", *HERS)
    document = told(capsys, config, "--calendar", *trades, kind="harvest-calendar")
    rows = document["rows"]
    assert {row["forbids"] for row in rows} == {"buy", "harvest"}
    assert [row["until"] for row in rows] == sorted(row["until"] for row in rows)
    xom = next(row for row in rows if row["account"] == "ira")
    assert (xom["symbol"], xom["first"], xom["until"]) == ("XOM", "2020-01-06", "2020-02-05")
    locked = {row["symbol"]: row["until"] for row in rows if row["forbids"] == "buy"}
    assert locked["CVX"] == "2020-02-14"
    code, out, _ = said(capsys, "-c", config, "harvest", "--calendar")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.fixture
def household(config: str) -> str:
    """The same config with a second account, of which the book knows nothing."""
    text = Path(config).read_text(encoding="utf-8")
    start = text.index("[accounts.demo]")
    block = text[start:]
    end = next(
        (block.index(line) for line in ("\n[alerts", "\n[costs") if line in block), len(block)
    )
    more = block[:end].replace("accounts.demo", "accounts.ira").replace('"taxable"', '"roth"')
    path = Path(config).with_name("both.toml")
    path.write_text(f"{text[: start + end]}\n{more}\n{text[start + end :]}", encoding="utf-8")
    return str(path)


def test_an_account_that_nobody_has_looked_at_forbids_all(
    household: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, household, "demo", *substitutes(household))
    assert not [row for row in document["lots"] if row["verdict"] == "harvest"]
    row = lots(document, "XOM")[0]
    assert row["verdict"] == "unsure"
    assert row["why"] == (
        "not harvested: nothing is known yet of what ira bought: trimtab plan --account ira looks"
    )
    code, _, err = said(capsys, "-c", household, "harvest", "ira")
    assert code == 2
    assert "ira is roth: nothing is realised there" in err
    assert told(capsys, household)["account"] == "demo", "the only taxable one"


WISHES = """
[household]
filing = "joint"
carryover_short = 2000
may_defer = true
trades = "away.csv"
[household.substitutes]
XOM = ["KO", "CVX"]
BAC = "JPM"
UNH = "NOPE"
[accounts.demo.harvest]
horizon_years = "never"
min_usd = 10
min_fall = 0.02
growth = 0.06
discount = 0.04
"""


@pytest.fixture
def wished(config: str) -> str:
    """The same config with everything written down that the options say elsewhere."""
    path = Path(config).with_name("wished.toml")
    path.write_text(Path(config).read_text(encoding="utf-8") + WISHES, encoding="utf-8")
    elsewhere(path.parent, "2020-01-06,roth,roth,BAC,reinvest,3,35,0,R,")
    (path.parent / "other.csv").rename(path.parent / "away.csv")
    return str(path)


def test_what_the_config_says_needs_no_option(
    config: str, wished: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = (
        *substitutes(config),
        *("--filing", "joint", "--carryover-short", "2000", "--defer", "--horizon", "never"),
        *("--min", "10", "--min-fall", "0.02", "--growth", "0.06", "--discount", "0.04"),
        *("--trades", str(Path(config).with_name("away.csv"))),
    )
    said_there, said_here = told(capsys, wished), told(capsys, config, *options)
    assert said_there == said_here
    assert said_there["assumed"]["horizon_years"] is None
    assert lots(said_there, "BAC")[0]["verdict"] == "lost for good"
    assert [row for row in said_there["lots"] if row["verdict"] == "harvest"]


def test_an_option_stands_in_place_of_the_config_s_word(
    wished: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, wished, "--no-defer", "--min", "50", "--carryover-short", "0")
    assumed = document["assumed"]
    assert (assumed["may_defer"], assumed["net_min"]) == (False, "50")
    assert (assumed["carryover_short"], assumed["filing"]) == ("0", "joint")
    assert lots(document, "RRC")[0]["verdict"] == "deferred"


REFUSED = (
    ("--horizon soon", "--horizon soon: that is no number"),
    ("--discount -1", "--discount -1: it is above -1"),
    ("--min -5", "--min -5: it is zero or more"),
    ("--carryover-short -5", "--carryover-short -5: it is zero or more"),
    ("--filing alone", "there is: single, joint"),
    ("--outside ira", "that is not left to the owner"),
    ("dmo", "did you mean demo?"),
    ("--substitutes none.csv", "none.csv"),
    ("--trades none.csv", "none.csv"),
)


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_is_wrong_is_said_with_the_remedy(
    config: str, line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "-c", config, "harvest", *line.split())
    assert code in {2, 3}
    assert out == ""
    assert message in err


BAD_FILES = (
    ("XOM", "1 columns, expected 2"),
    ("XOM,XOM", "XOM cannot stand for itself"),
    ("XOM,CVX\nXOM,CVX", "CVX is named twice for XOM"),
    ("XOM,", "an empty cell is no symbol"),
    ("symbol,substitute", "names no substitute"),
)


@pytest.mark.parametrize(("text", "message"), BAD_FILES)
def test_a_bad_list_of_substitutes(
    config: str, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, out, err = said(capsys, "-c", config, "harvest", "--substitutes", str(path))
    assert (code, out) == (2, "")
    assert message in err


def test_a_bad_row_of_trades_is_named_by_its_place(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades = elsewhere(tmp_path, "2020-01-06,ira,ira,XOM,sell,3,50,0,,")
    code, out, err = said(capsys, "-c", config, "harvest", *trades)
    assert (code, out) == (2, "")
    assert "other.csv:2: quantity: 3 XOM sold from ira, which held 0" in err


def test_a_file_may_not_tell_of_an_account_that_the_book_has(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades = elsewhere(tmp_path, "2020-01-06,demo,taxable,XOM,buy,3,50,0,Z,")
    code, out, err = said(capsys, "-c", config, "harvest", *trades)
    assert (code, out) == (2, "")
    assert "demo is an account of the config" in err
