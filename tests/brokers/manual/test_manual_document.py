"""The worked example of docs/manual.md, carried out to the letter."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from manual_accounts import Account, order

from bot.config.read import load
from brokers.broker import Found
from brokers.manual import folder
from brokers.manual.importer import import_fills
from brokers.manual.sheet import Layout
from brokers.settings import ManualSettings
from brokers.words import OrderKey, OrderStatus, Symbol

DOCUMENT = (Path(__file__).parents[3] / "docs" / "manual.md").read_text()
BLOCKS = dict(re.findall(r"^```(?:csv|toml) (\S+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))
ANSWERS = re.findall(r"^```text\n(.*?)\n```$", DOCUMENT, re.MULTILINE | re.DOTALL)
TICKET = "tickets/TICKET-1F0C2A9B3D.csv"
AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """The folder as the document has it, at the moment of the ticket."""
    made = Account(tmp_path)
    made.clock.time = AT
    for file in ("positions.csv", "cash.csv", "quotes.csv", "bars.csv", "lots.csv"):
        made.put(file, BLOCKS[file])
    return made


def test_the_folder_can_be_read(account: Account) -> None:
    state = account.broker.account()
    assert state.fingerprint == "8412-77"
    held = {position.symbol: position.quantity for position in state.positions}
    lots = account.broker.transfers(None)
    assert {s: sum(lot.quantity for lot in lots if lot.symbol == s) for s in held} == held
    assert set(account.broker.quotes(list(held))) == set(held)
    assert set(account.broker.bars(list(held), 20)) == set(held)


def test_the_ticket_and_the_fills_are_as_shown(account: Account) -> None:
    account.broker.submit(order("TT-1F0C2A9B3D-001", "BND", quantity="150", limit="72.50"))
    assert account.read(TICKET) == BLOCKS[TICKET]
    source = account.put("trades.csv", BLOCKS["trades.csv"])
    account.clock.pass_by(timedelta(hours=1))
    preview = import_fills(account.folder, source, preview=True, now=account.clock.time)
    assert str(preview) == ANSWERS[0]
    assert account.broker.executions(None) == ()
    import_fills(account.folder, source, now=account.clock.time)
    assert [e.price for e in account.broker.executions(None)] == [
        Decimal("72.49"),
        Decimal("72.50"),
    ]
    found = account.broker.find(OrderKey("TT-1F0C2A9B3D-001"))
    assert isinstance(found, Found)
    assert found.state.status is OrderStatus.FILLED


def test_the_config_is_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BLOCKS["config.toml"])
    [ira] = load(path, {}).accounts
    assert ira.broker == ManualSettings((tmp_path / "ira").resolve())
    assert ira.live_account == "8412-77"
    assert {symbol for symbol, _ in ira.policy.target.weights} == {Symbol("VTI"), Symbol("BND")}


def test_the_table_of_files_names_every_column() -> None:
    layouts = [value for value in vars(folder).values() if isinstance(value, Layout)]
    assert len(layouts) == 10
    for layout in layouts:
        [row] = re.findall(rf"^\| `{layout.file}` \|.*$", DOCUMENT, re.MULTILINE)
        assert set(layout.columns) <= set(re.findall(r"`(\w+)`", row))
