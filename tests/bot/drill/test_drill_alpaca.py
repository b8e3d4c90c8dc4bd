"""``trimtab drill`` against a stand-in: what it shows, and that nothing is ever left behind."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
from drill_bench import (
    ALPACA,
    EVENING,
    POST,
    TARGET,
    Account,
    Careless,
    Crashing,
    D,
    Watched,
)

from bot.cli.app import run
from bot.cli.schemas import document_schema
from bot.drill.drill import ACTS, NEVER_SHOWN, READINGS, shows

Open = Callable[..., Account]
ORDERS = {"submit", "find", "open orders", "same key", "restart", "cancel", "find again"}


def test_a_broker_that_keeps_its_promises_passes(account: Account) -> None:
    code, out, err = account.drill()
    assert code == 0, out + err
    assert set(account.verdicts().values()) == {"passed"}
    assert ORDERS | {"unknown order", "off the tick", "swept"} <= account.verdicts().keys()
    (order,) = account.orders
    assert (order.qty, order.limit, order.filled, order.status) == (1, D("34.99"), 0, "canceled")
    account.assert_nothing_is_left()
    assert account.server.count(*POST) == 3, "the order, once more after a restart, one off tick"
    assert "19 passed" in out
    assert "No drill shows" in out


def test_the_report_is_kept_as_text_json_and_html(account: Account) -> None:
    _, out, _ = account.drill("--json")
    told = json.loads(out)
    jsonschema.validate(told, document_schema("drill"))
    assert told == account.report()
    kept = sorted((account.folder / "state" / "drill").glob("growth-2020*"))
    assert [path.suffix for path in kept] == [".html", ".json", ".txt"]
    html, _, text = (path.read_text() for path in kept)
    assert all(trial["said"] in " ".join(text.split()) for trial in told["trials"])
    assert "<table>" in html
    assert "script" not in html
    assert told["symbol"] == "AAPL"


def test_every_order_was_committed_before_it_was_sent(open_at: Open) -> None:
    account = open_at(Watched)
    model = account.server.model
    assert isinstance(model, Watched)
    model.is_committed = lambda key: key in account.intents()
    assert account.drill()[0] == 0
    assert model.seen == [True] * 3


def test_the_page_tells_what_is_tried() -> None:
    page = (Path(__file__).parents[3] / "docs" / "drill.md").read_text()
    rows = [f"| {name} | {shows(trial)} |" for name, trial in (*READINGS, *ACTS)]
    assert "\n".join(rows) in page
    assert all(f"* {each}" in page for each in NEVER_SHOWN)


def test_a_name_can_be_chosen(account: Account) -> None:
    assert account.drill("--symbol", "ko")[0] == 0
    assert [order.body["symbol"] for order in account.orders] == ["KO"]


def test_a_second_drill_is_another_one(account: Account) -> None:
    assert account.drill()[0] == account.drill()[0] == 0
    assert len(account.orders) == 2
    account.assert_nothing_is_left()


def test_a_broker_that_takes_one_id_twice_is_found_out(open_at: Open) -> None:
    account = open_at(Careless)
    code, out, _ = account.drill()
    assert code == 1
    assert account.verdicts()["restart"] == "failed"
    assert "2 orders are open under one key" in " ".join(out.split())
    assert [order.status for order in account.orders] == ["canceled"] * 2


def test_an_order_that_fills_all_the_same_is_told(open_at: Open) -> None:
    account = open_at(Crashing)
    code, out, _ = account.drill()
    assert code == 1
    assert account.verdicts()["untouched"] == "failed"
    assert "1 execution" in " ".join(out.split())
    account.assert_nothing_is_left()


def test_while_the_exchange_is_closed_only_readings_are_tried(account: Account) -> None:
    account.clock.at = EVENING
    account.write(account.config.read_text(), EVENING)
    code, out, _ = account.drill()
    assert code == 1
    assert account.verdicts()["unknown order"] == "passed"
    assert {account.verdicts()[name] for name in ORDERS} == {"unverified"}
    assert "drill while it is open" in " ".join(out.split())
    assert account.server.count(*POST) == 0


def test_a_halted_account_is_left_alone(account: Account) -> None:
    command = ["-q", "-c", str(account.config)]
    assert run([*command, "db", "upgrade"]) == 0
    assert run([*command, "halt", "growth", "--reason", "I look"]) == 0
    code, _, err = account.drill()
    assert code == 4
    assert "PAPER growth is halted: I look" in err
    assert account.server.exchanges == []


def test_real_money_is_refused_before_anything_is_asked(account: Account) -> None:
    more = 'environment = "live"\nlive_account = "123"\n'
    account.write(ALPACA.format(url=account.server.url, target=TARGET, more=more))
    code, out, err = account.drill()
    assert code == 4
    assert "LIVE growth is real money" in err
    assert out == ""
    assert account.server.exchanges == []


def test_an_account_held_elsewhere_is_refused(account: Account) -> None:
    account.write(f'[accounts.growth]\nbroker = "manual"\nlive_account = "1"\n{TARGET}')
    code, out, err = account.drill()
    assert (code, out) == (4, "")
    assert "growth is held elsewhere: there is no endpoint to drill" in err


def test_where_nobody_can_say_yes_nothing_is_sent(account: Account) -> None:
    code = run(["-c", str(account.config), "drill", "growth"])
    assert code == 2
    assert "--yes drills without asking" in account.capsys.readouterr().err
    assert account.server.exchanges == []


def test_an_account_that_is_worked_is_left_alone(account: Account) -> None:
    from bot.daemon.lock import hold

    with hold(account.folder / "state" / "trimtab.lock"):
        code, _, err = account.drill()
    assert code == 4
    assert "another trimtab works this book" in err
    assert account.server.exchanges == []
