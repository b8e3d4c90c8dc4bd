"""``trimtab selftest`` at the stand-ins of brokers: what is tried, what is found, what is said."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.selftesting.beside import Running
from bot.cli.selftesting.checkout import NoStandin, Standin, find_checkout, standin
from bot.cli.selftesting.checks import Truth, untrue
from bot.cli.selftesting.plays import empty_book
from bot.cli.selftesting.trials import START, attempt, new_place
from bot.daemon.sessions import Sessions
from bot.report.selftest import AtBroker, Fate, SelfTest, Trial, page

WANTED = {
    "alpaca": (
        "order dropped before its effect",
        "order dropped after its effect",
        "order 504 after its effect",
        "order twice on the way",
        "past told late",
        "positions empty",
        "pages of one",
        "stream dead",
    ),
    "ibkr": (
        "order lost",
        "order unanswered",
        "execution told late",
        "execution told twice",
        "execution corrected",
        "positions empty",
        "gateway restarts",
        "IB lost and found",
    ),
}


def test_a_checkout_is_known_by_its_files(tmp_path: Path) -> None:
    found = find_checkout()
    assert found is not None
    assert (found / "tests" / "standins").is_dir()
    assert find_checkout(tmp_path / "site-packages" / "bot") is None


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return Sessions("XNYS", datetime(2020, 3, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_book(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module", params=["alpaca", "ibkr"])
def there(request: pytest.FixtureRequest) -> Iterator[tuple[str, Standin]]:
    """A stand-in that runs, and whose it is."""
    checkout = find_checkout()
    assert checkout is not None
    with standin(checkout, request.param) as running:
        yield request.param, running


LOST = "order dropped after its effect"
EMPTY = "positions empty"


def test_what_can_befall_an_account_is_what_was_promised(there: tuple[str, Standin]) -> None:
    broker, running = there
    cases = dict(running.cases())
    assert set(WANTED[broker]) <= set(cases)
    assert cases[EMPTY]
    assert not cases[LOST]


@pytest.mark.parametrize(("case", "holding"), [(LOST, False), (EMPTY, True)])
def test_a_trial_is_survived_and_a_lie_about_it_is_found(
    there: tuple[str, Standin],
    sessions: Sessions,
    empty: Path,
    tmp_path: Path,
    case: str,
    *,
    holding: bool,
) -> None:
    _, running = there
    place = new_place(tmp_path / "0", empty)
    end = attempt(running, case, place, sessions, holding=holding)
    assert (end.struck, end.wrong) == (True, ())
    told = running.truth()
    truth = Truth(tuple((key, is_open) for key, is_open in told["orders"]), told["held"])
    assert told["listened"], "what is pushed was listened to"
    book = place / "book.db"
    assert untrue(book, truth) == ()
    (key, _), *_ = truth.orders
    for lie, said in (
        (replace(truth, orders=(*truth.orders, truth.orders[0])), "at the exchange twice"),
        (replace(truth, orders=(("TT-NOBODY-001", False), *truth.orders)), "never meant it"),
        (replace(truth, orders=((key, True),)), "still in the market"),
        (replace(truth, held={**truth.held, "KO": "1"}), "KO: the book has .* the broker 1"),
        (replace(truth, held={}), "AAPL: the book has .* the broker 0"),
    ):
        assert re.search(said, "\n".join(untrue(book, lie)))


def test_a_stand_in_that_has_ended_is_told_of() -> None:
    checkout = find_checkout()
    assert checkout is not None
    with standin(checkout, "nobody") as running, pytest.raises(NoStandin, match="begin"):
        running.begin(START)


def test_what_a_process_has_found_is_kept_when_it_dies(tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    lines = (
        '{"cases": ["one", "two"]}',
        '{"case": "one", "fate": "survived", "wrong": []}',
        '{"case": "tw',  # it was being written
    )
    out.write_text("\n".join(lines))
    err.write_text("Traceback ...\nMemoryError: too much\n")
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        process.wait()
    told = Running("ibkr", process, out, err).told()
    assert (told.broker, told.library) == ("Interactive Brokers", "ib_async")
    assert told.trials == (Trial("one", Fate.SURVIVED, ()), Trial("two", Fate.NOT_TRIED, ()))
    assert told.ended_early == "MemoryError: too much"
    assert not told.passed


QUIET = SelfTest(
    passed=True,
    seed=1,
    seconds=2.5,
    processor_seconds=3,
    sessions=0,
    orders=0,
    faults=0,
    restarts=0,
    bugs=(),
)


def test_the_page_has_a_line_for_each_broker_and_what_did_not_hold() -> None:
    trials = (
        Trial("order slow", Fate.SURVIVED, ()),
        Trial("order lost", Fate.FAILED, ("one order is at the exchange twice",)),
    )
    at = AtBroker("Alpaca", "alpaca-py", trials)
    text = page(replace(QUIET, passed=False, brokers=(at,)))
    (row,) = [line for line in text.splitlines() if line.startswith("Alpaca  ")]
    assert row.split() == ["Alpaca", "alpaca-py", "2", "1", "1", "0", "0"]
    assert "Alpaca: order lost: one order is at the exchange twice" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_page_says_where_stand_ins_are_left_out() -> None:
    text = page(replace(QUIET, left_out="not a source checkout"))
    assert "left out: not a source checkout" in text
    assert "broker " not in text
