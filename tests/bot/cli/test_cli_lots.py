"""``trimtab lots``: two bases side by side, terms, and gains at the last price the book knows."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.cli.wiring import keep_replay, read_config
from tests.bot.cli.tax_books import TODAY, install
from tests.bot.cli.tax_files import HEADER

D = Decimal
Lots = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lots:
    """Runs ``trimtab -c CONFIG lots ...``; exit code, stdout and stderr."""

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", str(tmp_path / "config.toml"), "lots", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def document(lots: Lots, *arguments: str) -> dict[str, Any]:
    code, out, err = lots(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    jsonschema.validate(found, document_schema("lots"))
    return found


ROWS = """
    main VTI B1 40 2024-03-04 2024-03-04 long    0 10000.40   0.00 10000.40 9120  -880.40
    main VTI B2 20 2025-07-10 2024-03-20 long    0  4560.00 400.40  4960.40 4560  -400.40
    ira  VTI I1 10 2025-07-08 2025-07-08 short 170  2280.00   0.00  2280.00 2280     0.00
"""
"""Account, symbol, lot, shares, bought, held since, term, days to long, basis, washed, adjusted,
value, gain. B1 was held 477 days when 20 of its shares were replaced by B2."""


def test_both_bases_terms_and_gains(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path)
    names = (
        *("account", "symbol", "lot", "quantity", "acquired", "held_since", "term"),
        *("days_to_long", "basis", "washed", "adjusted", "value", "gain"),
    )
    told = document(lots)
    rows = [[str(row[name]) for name in names] for row in told["lots"]]
    wanted = [line.split() for line in ROWS.strip().splitlines()]
    assert [row[:8] for row in rows] == [row[:8] for row in wanted]
    assert [[D(cell) for cell in row[8:]] for row in rows] == [
        [D(cell) for cell in row[8:]] for row in wanted
    ]
    main = told["accounts"][0]
    assert (main["lots"], D(main["washed"]), D(main["long"])) == (2, D("400.40"), D("-1280.80"))
    (price,) = told["prices"]
    assert (price["price"], price["seen"], price["source"]) == ("228", "2025-07-10", "fill")


def test_an_account_by_its_name_and_the_page(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path)
    code, out, _ = lots("main")
    assert code == 0
    assert "LIVE main (taxable), sold fifo" in out
    assert "I1" not in out
    assert "400.40" in out, "the IRA's wash sales count, though only main is shown"
    assert "Prices are the last that the book knows, of 2025-07-10." in out
    assert max(map(len, out.splitlines())) <= 80
    assert out == lots("--account", "main")[1]
    assert out == lots("--limit", "40", "main")[1]
    assert "170 d" in lots("ira")[1]


def test_csv_is_what_export_writes(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path)
    out = lots("--csv")[1]
    assert out == lots("export")[1]
    rows = [*csv.DictReader(io.StringIO(out))]
    assert [row["lot"] for row in rows] == ["B1", "B2", "I1"]
    assert [*csv.DictReader(io.StringIO(lots("export", "-a", "ira")[1]))] == rows[2:]


def test_accounts_held_elsewhere_move_losses_too(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path)
    away = tmp_path / "away.csv"
    away.write_text(f"{HEADER}\n2025-06-30,hers,roth,ITOT,buy,60,100,0,H,\n", encoding="utf-8")
    assert D(document(lots, "--trades", str(away))["accounts"][0]["washed"]) == D("400.40")
    told = document(lots, "--trades", str(away), "--identical", "VTI,ITOT")
    assert D(told["accounts"][0]["washed"]) == 0, "hers came first, and replaces all 60"


def test_unknown_basis_split_since_and_no_price(lots: Lots, tmp_path: Path) -> None:
    install(
        tmp_path,
        {
            "main": """
                T 2021-03-04 in   10 VTI ? 2025-01-10
                B 2025-02-03 buy  10 BND 80 0
                X 2025-06-02 split 2 BND
                N 2020-01-06 in    3 GLD 100 2025-01-10
            """
        },
    )
    told = document(lots)
    rows = {row["symbol"]: row for row in told["lots"]}
    assert (rows["VTI"]["basis"], rows["VTI"]["adjusted"], rows["VTI"]["gain"]) == (None,) * 3
    assert told["unpriced"] == ["GLD", "VTI"]
    assert (rows["BND"]["quantity"], D(rows["BND"]["price"])) == ("20", 40)
    assert D(rows["BND"]["gain"]) == 0, "half the price for twice the shares"
    assert D(rows["GLD"]["basis"]) == 300
    out = lots()[1]
    assert "unknown" in out
    assert "The book knows no price of 2 names: GLD, VTI." in out


def test_bad_input_is_named(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path)
    code, out, err = lots("mian")
    assert (code, out) == (2, "")
    assert "has no account 'mian'" in err
    assert "did you mean main" in err
    assert lots("--csv", "--json")[0] == 2
    assert lots("--outside", "ira")[0] == 2
    code, _, err = lots("--trades", str(tmp_path / "none.csv"))
    assert (code, "none.csv" in err) == (3, True)


def test_no_book_and_an_empty_one(lots: Lots, tmp_path: Path) -> None:
    install(tmp_path, {})
    assert "There are no open lots in the book." in lots()[1]
    assert document(lots)["lots"] == []
    (tmp_path / "book.db").unlink()
    code, _, err = lots()
    assert code == 3
    assert "there is no book at" in err


def test_play_money_beside_real_money_has_no_lots(lots: Lots, tmp_path: Path) -> None:
    path = Path(install(tmp_path))
    table = '[accounts.toy]\nbroker = "paper"\n[accounts.toy.target.weights]\nVTI = 1.0\n'
    path.write_text(path.read_text() + table)
    code, _, err = lots("toy")
    assert code == 2
    assert "toy holds play money" in err


FILES = {
    "positions.csv": "# account M-1\nsymbol,quantity\nVTI,50\n",
    "cash.csv": "currency,amount\nUSD,1000\n",
    "lots.csv": "symbol,quantity,unit_cost,acquired\nVTI,100,201.50,2021-03-04\n",
}
TRADES = """\
symbol,side,quantity,price,fee,time
VTI,sell,60,190,1,2025-10-06T10:41:00-04:00
VTI,buy,10,188,0,2025-10-13T10:41:00-04:00
"""
HAND_KEPT = """\
book = "book.db"
[accounts.main]
broker = "manual"
environment = "live"
live_account = "M-1"
[accounts.main.manual]
folder = "main"
[accounts.main.target.weights]
VTI = 1.0
"""


def test_a_hand_kept_account_from_import_to_lots(lots: Lots, tmp_path: Path) -> None:
    """Fills imported by the program, then looked at: 10 of 60 shares at a loss are replaced.

    They are bought a week after the sale, so they count as held since a week after the old ones.
    """
    config = tmp_path / "config.toml"
    config.write_text(HAND_KEPT, encoding="utf-8")
    folder = tmp_path / "main"
    folder.mkdir(mode=0o700)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "trades.csv").write_text(TRADES, encoding="utf-8")
    verb = ("-q", "-c", str(config))
    assert run([*verb, "fills", "import", str(tmp_path / "trades.csv"), "-a", "main"]) == 0
    assert run([*verb, "reconcile"]) == 0
    keep_replay(read_config(config), TODAY)
    rows = document(lots)["lots"]
    assert [(row["quantity"], D(row["washed"]).quantize(D("0.01"))) for row in rows] == [
        ("40", D("0.00")),
        ("10", D("115.17")),
    ]
    assert [row["held_since"] for row in rows] == ["2021-03-04", "2021-03-11"]


def test_the_demo_s_lots_are_its_positions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-07"]) == 0
    capsys.readouterr()
    assert run(["-c", str(folder / "config.toml"), "lots", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, document_schema("lots"))
    assert {row["symbol"] for row in told["lots"]} >= {"AAPL", "RRC", "XOM"}
    assert {row["source"] for row in told["prices"]} <= {"plan", "close"}
    assert told["unpriced"] == []
    (account,) = told["accounts"]
    assert (account["kind"], account["environment"]) == ("ira", "PAPER")
    value = sum(D(row["value"]) for row in told["lots"])
    assert D(account["value"]) == value
    assert 200_000 < value < 260_000
