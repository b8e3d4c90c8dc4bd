"""``trimtab lots actions``, ``action``, ``retract``: the owner tells what the broker does not."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.schemas import document_schema
from brokers.words import AccountId, ActionRecord, OpenQuestion, SpinOff, Split, Symbol, Transfer
from tests.bot.cli.tax_books import TODAY, install

MAIN = AccountId("main")
TRADES = {"main": "B1 2024-03-04 buy 100 VTI 250 0"}
Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trimtab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Called:
    """One account with 100 VTI; runs ``trimtab -c CONFIG lots ...``: code, stdout, stderr."""
    install(tmp_path, TRADES, {"main": "taxable"})

    def called(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["-c", str(tmp_path / "config.toml"), "lots", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return called


def told(folder: Path) -> tuple[ActionRecord, ...]:
    with Book.open(folder / "book.db", upgrade=False) as book:
        return book.corporate_actions(MAIN)


def put(folder: Path, transfers: list[Transfer], actions: list[ActionRecord]) -> None:
    with Book.open(folder / "book.db", upgrade=False) as book:
        book.record(MAIN, (), (), transfers, actions)


SPIN = ("action", "spin-off", "VTI", "--on", "2025-06-02", "--to", "VTV", "--ratio", "0.25")


def test_a_word_of_the_owner_is_in_the_book_and_its_effect_is_told(
    trimtab: Called, tmp_path: Path
) -> None:
    code, out, err = trimtab(*SPIN, "--basis", "0.2")
    assert (code, out.splitlines()) == (
        0,
        [
            "VTI: shares 100 -> 100, basis 25,000.00 -> 20,000.00",
            "VTV: shares 0 -> 25, basis 0.00 -> 5,000.00",
        ],
    )
    assert "trimtab reconcile --account main" in err
    assert told(tmp_path) == (
        SpinOff(
            "owner:spin-off:VTI:2025-06-02",
            Symbol("VTI"),
            date(2025, 6, 2),
            Symbol("VTV"),
            Decimal("0.25"),
            Decimal("0.2"),
        ),
    )


def test_a_dry_run_writes_nothing(trimtab: Called, tmp_path: Path) -> None:
    code, out, _ = trimtab(*SPIN, "--basis", "0.2", "--dry-run")
    assert (code, told(tmp_path)) == (0, ())
    assert "VTV: shares 0 -> 25" in out


def test_an_answer_takes_the_place_of_what_the_broker_booked(
    trimtab: Called, tmp_path: Path
) -> None:
    vtv, day = Symbol("VTV"), date(2025, 6, 4)
    came = Transfer("act-1", vtv, Decimal(25), None, day, TODAY.replace(year=2025, month=6, day=4))
    asked = OpenQuestion("act-1", vtv, day, "Alpaca booked SPIN of +25 VTV", ("act-1",))
    put(tmp_path, [came], [asked])
    code, out, _ = trimtab("actions")
    assert code == 0
    assert "Alpaca booked SPIN of +25 VTV" in out
    assert "keeps its symbol from being traded" in " ".join(out.split())
    _, out, err = trimtab(*SPIN, "--basis", "0.2")
    assert "VTV: shares 25 -> 25, basis unknown -> 5,000.00" in out
    assert "it stands for: act-1" in err
    rows = document(trimtab)
    assert [(row["action_id"], row["state"]) for row in rows] == [
        ("owner:spin-off:VTI:2025-06-02", "counts"),
        ("act-1", "answered"),
    ]


def document(trimtab: Called) -> list[dict[str, object]]:
    code, out, err = trimtab("actions", "--json")
    assert code == 0, err
    found = json.loads(out)
    jsonschema.validate(found, document_schema("lots-actions"))
    rows: list[dict[str, object]] = found["actions"]
    return rows


def test_a_slip_is_taken_back_and_told_again(trimtab: Called, tmp_path: Path) -> None:
    split = ("action", "split", "VTI", "--on", "2025-06-02", "--ratio")
    trimtab(*split, "40")
    code, _, err = trimtab(*split, "4")
    assert code == 4
    assert "are both splits of 2025-06-02" in err
    code, out, _ = trimtab("retract", "owner:split:VTI:2025-06-02")
    assert (code, out.strip()) == (0, "VTI: shares 4,000 -> 100, basis 25,000.00 -> 25,000.00")
    code, out, _ = trimtab(*split, "4")
    assert (code, out.strip()) == (0, "VTI: shares 100 -> 400, basis 25,000.00 -> 25,000.00")
    assert [row["state"] for row in document(trimtab)] == ["taken back", "counts"]
    assert isinstance(told(tmp_path)[1], Split)


def test_a_question_may_be_left_as_the_broker_booked_it(trimtab: Called, tmp_path: Path) -> None:
    day = date(2025, 6, 4)
    put(tmp_path, [], [OpenQuestion("q", Symbol("VTI"), day, "Alpaca booked CIL", ("q",))])
    code, out, _ = trimtab("retract", "q")
    assert (code, out.strip()) == (0, "no lot changes")
    assert [row["state"] for row in document(trimtab)] == ["taken back"]
    code, _, err = trimtab("retract", "q")
    assert (code, "taken back already" in err) == (2, True)


def test_what_broker_and_owner_tell_otherwise_is_taken_back_though_the_lots_cannot_be_added_up(
    trimtab: Called, tmp_path: Path
) -> None:
    trimtab("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "5")
    put(tmp_path, [], [Split("act-9", Symbol("VTI"), Decimal(4), date(2025, 6, 2))])
    code, out, _ = trimtab("retract", "owner:split:VTI:2025-06-02")
    assert code == 0
    assert "are both splits of 2025-06-02" in out
    assert "after: 400 VTI" in out


def test_what_broker_and_owner_both_told_counts_once(trimtab: Called, tmp_path: Path) -> None:
    trimtab("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "4")
    put(tmp_path, [], [Split("act-9", Symbol("VTI"), Decimal(4), date(2025, 6, 2))])
    code, out, _ = trimtab("retract", "owner:split:VTI:2025-06-02")
    assert (code, out.strip()) == (0, "no lot changes")


WRONG = [
    (("action", "spinoff", "VTI", "--on", "2025-06-02"), "did you mean spin-off?"),
    (("action", "split", "VTI", "--on", "2025-06-02"), "a split needs --ratio"),
    (("action", "split", "VTI", "--on", "June", "--ratio", "4"), "--on June: no day"),
    (("action", "split", "VTI", "--on", "2027-06-02", "--ratio", "4"), "today is 2026-01-20"),
    (("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "four"), "--ratio four"),
    (("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "nan"), "--ratio nan"),
    (("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "-4"), "gives -4 shares for one"),
    (("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "4", "--to", "B"), "has none"),
    ((*SPIN, "--basis", "20"), "moves a share of 20 of the basis"),
    (("action", "merger", "VTI", "--on", "2025-06-02", "--to", "B"), "gives 0 shares for one"),
    (
        ("action", "merger", "VTI", "--on", "2025-06-02", "--to", "B", "--ratio", "1", "--taxable"),
        "what a new share was worth",
    ),
    (("retract", "nothing"), "nothing is told under nothing"),
    (
        ("action", "split", "VTI", "--on", "2025-06-02", "--ratio", "4", "-a", "mian"),
        "did you mean",
    ),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_bad_input_is_said_and_nothing_is_written(
    trimtab: Called, tmp_path: Path, line: tuple[str, ...], said: str
) -> None:
    code, out, err = trimtab(*line)
    assert (code, out, told(tmp_path)) == (2, "", ())
    assert said in " ".join(err.split())


def test_an_action_that_leaves_no_fraction_to_pay_is_refused(
    trimtab: Called, tmp_path: Path
) -> None:
    code, _, err = trimtab(*SPIN, "--basis", "0.2", "--in-lieu", "7")
    assert (code, told(tmp_path)) == (4, ())
    assert "leave none" in " ".join(err.split())
