"""``trimtab check --broker`` and docs/brokers.md: what adapters state, in plain words."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from bot.cli.app import run
from bot.cli.capabilities import BROKERS_FILE, brokers_page
from bot.cli.schemas import document_schema
from brokers.alpaca.broker import CAPABILITIES as ALPACA
from brokers.broker import Capabilities
from brokers.ibkr.broker import capabilities_of
from brokers.manual.broker import CAPABILITIES as MANUAL
from brokers.settings import AlpacaSettings, IbkrSettings

DOCS = Path(__file__).parents[3] / "docs"
REFRESH = (
    'run: python -c "from pathlib import Path; from bot.cli.capabilities import write_brokers; '
    "write_brokers(Path('docs'))\""
)
CONFIG = """\
[accounts.toy]
broker = "paper"
[accounts.toy.target.weights]
AAPL = 1
[accounts.toy.paper]
fractional = false
[accounts.growth]
broker = "alpaca"
[accounts.growth.target.weights]
AAPL = 1
[accounts.pension]
broker = "ibkr"
[accounts.pension.target.weights]
AAPL = 1
[accounts.pension.ibkr]
relief = "hifo"
margin = true
[accounts.old]
broker = "manual"
environment = "live"
live_account = "1"
[accounts.old.target.weights]
AAPL = 1
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Four accounts, one at each broker; nobody listens anywhere."""
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_KEY_ID", "PKNOBODY")
    monkeypatch.setenv("TRIMTAB_SECRET_ALPACA_SECRET_KEY", "s3cret-of-nobody")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    path.chmod(0o600)
    return str(path)


def told(config: str, account: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What ``trimtab check --broker`` says of an account."""
    capsys.readouterr()
    assert run(["-q", "-c", config, "check", "--broker", account, *more]) == 0
    return capsys.readouterr().out


def cells() -> dict[str, dict[str, str]]:
    """The table in docs/brokers.md: rows by name, cells by broker."""
    table = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in (DOCS / BROKERS_FILE).read_text().splitlines()
        if line.startswith("|")
    ]
    head, _, *rows = table
    return {
        row[0]: {name.strip("`"): cell for name, cell in zip(head[1:], row[1:], strict=True)}
        for row in rows
    }


def test_the_page_is_made_from_the_adapters() -> None:
    assert (DOCS / BROKERS_FILE).read_text(encoding="utf-8") == brokers_page(), REFRESH


@pytest.mark.parametrize(
    ("broker", "able"),
    [
        ("alpaca", replace(ALPACA, pushes=AlpacaSettings().stream)),
        ("manual", MANUAL),
        ("ibkr", capabilities_of(IbkrSettings())),
    ],
)
def test_the_table_says_what_the_code_does(broker: str, able: Capabilities) -> None:
    said = {name: row[broker] for name, row in cells().items()}
    assert said["fractions of a share"].startswith("yes" if able.fractions else "no")
    assert f"up to {able.key_length_max} characters" in said["our order id"]
    assert said["our order id"].startswith(able.key_kind if able.key_kind == "unique" else "carr")
    assert said["orders a second"] == str(able.orders_per_second)
    assert said["lots are relieved"].startswith(able.relief[0])
    assert all(relief in said["lots are relieved"] for relief in able.relief)
    assert said["an order can name lots"] == ("yes" if able.names_lots else "no")
    assert said["corrected trades"] == ("told" if able.corrections else "not told")
    assert said["short sales"] == ("yes" if able.shorting else "no")
    assert said["unsettled proceeds"] == ("spent" if able.spends_proceeds else "not spent")
    heard = "as they happen" if able.pushes else "when it is asked, every few seconds"
    assert said["fills are heard of"] == heard
    hours = able.lookup_horizon
    assert (said["orders are found by it"] == "for ever") == (hours is None)


def test_an_account_is_told_with_its_own_settings(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(account: str, name: str) -> str:
        lines = told(config, account, capsys).splitlines()
        (found,) = [line for line in lines if line.startswith(name)]
        return found.removeprefix(name).strip()

    assert row("toy", "fractions of a share") == "no: whole shares"
    assert row("growth", "fractions of a share") == "yes, in steps of 0.000000001"
    assert row("pension", "lots are relieved") == "hifo, and nothing else"
    assert row("pension", "unsettled proceeds") == "spent"
    assert row("growth", "price steps") == "0.01; below a price of 1.00 0.0001"
    assert row("old", "an order can name lots") == "yes"
    assert told(config, "old", capsys).startswith("LIVE old, broker manual: what it can do")


def test_what_a_statement_tells_is_told_where_there_is_one() -> None:
    assert capabilities_of(IbkrSettings()).actions == ()
    assert capabilities_of(IbkrSettings(flex_token="t")).actions == ("split",)  # noqa: S106


@pytest.mark.parametrize("account", ["toy", "growth", "pension", "old"])
def test_the_same_as_json(config: str, account: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(config, account, capsys, "--json"))
    jsonschema.validate(found, document_schema("broker"))
    assert found["account"] == account
    assert found["order_types"] == ["limit"]
    names = [each["name"] for each in found["abilities"]]
    assert names == list(cells())


def test_lines_fit_a_terminal(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    for account in ("toy", "growth", "pension", "old"):
        assert all(len(line) <= 80 for line in told(config, account, capsys).splitlines())


def test_what_does_not_go_together_is_refused(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("growht",), ("*",), ("growth", "--account", "toy")):
        assert run(["-c", config, "check", "--broker", *words]) == 2
        assert "Traceback" not in capsys.readouterr().err
