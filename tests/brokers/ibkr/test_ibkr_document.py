"""docs/ibkr.md and docs/ibkr-errors.md: what they say of the adapter is what the code says."""

import re
import tomllib
from pathlib import Path

from bot.config.read import load
from brokers.broker import KeyKind
from brokers.ibkr import errors
from brokers.ibkr.broker import KEY_LENGTH_MAX, SAME_DAY, TODAY, capabilities_of
from brokers.ibkr.greeting import RETRIES
from brokers.ibkr.orders import QUIET
from brokers.settings import IbkrSettings

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENT = (DOCS / "ibkr.md").read_text()
BLOCKS_OF_CODE = dict(re.findall(r"^```toml (\S+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))


def rows(title: str) -> dict[str, str]:
    """The first two cells of each row in the table whose head begins with ``title``."""
    table = DOCUMENT[DOCUMENT.index(f"| {title}") :].split("\n\n")[0]
    cells = (line.strip("| ").split(" | ") for line in table.splitlines()[2:])
    return {cell[0]: cell[1] for cell in cells}


def test_the_page_of_codes_is_written_from_the_table() -> None:
    assert (DOCS / "ibkr-errors.md").read_text() == errors.page()


def test_the_config_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BLOCKS_OF_CODE["config.toml"])
    (account,) = load(path, {}).accounts
    assert account.broker == IbkrSettings()
    secrets = tomllib.loads(BLOCKS_OF_CODE["secrets.toml"])
    assert set(secrets) == {"ibkr_flex_token", IbkrSettings().flex_query}


def test_the_defaults_are_those_of_the_code() -> None:
    told, real = rows("key of"), IbkrSettings()
    assert told["`host`, `port`"].startswith(f"`{real.host}`")
    for name in ("client_id", "market_data_lines", "messages_per_second", "timeout_seconds"):
        assert told[f"`{name}`"] == f"`{getattr(real, name)}`"
    assert told["`currency`"] == f"`{real.currency}`"
    assert told["`relief`"] == f"`{real.relief}`"
    assert told["`fractional`"] == told["`margin`"] == "`false`"
    assert not real.fractional
    assert not real.margin
    assert real.listings == ()
    assert f"every {real.heartbeat_seconds:g} seconds" in " ".join(DOCUMENT.split())


def test_the_capabilities_are_those_of_the_code() -> None:
    told, real = rows("capability"), capabilities_of(IbkrSettings())
    assert real.key_kind is KeyKind.TAG
    assert f"up to {real.key_length_max} characters" in told["our key"]
    assert real.key_length_max == KEY_LENGTH_MAX
    assert (real.lookup_horizon, real.executions_horizon) == (SAME_DAY, TODAY)
    assert told["short sales"] == {True: "yes", False: "no"}[real.shorting]
    assert told["corrected trades"] == {True: "yes", False: "no"}[real.corrections]
    assert told["lots are relieved"].startswith(", ".join(real.relief))
    assert told["orders a second"] == str(real.orders_per_second)
    assert not real.fractions
    assert capabilities_of(IbkrSettings(fractional=True)).fractions


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    text = " ".join(DOCUMENT.split())
    assert f"missing twice, {QUIET.seconds} seconds apart" in text
    assert f"asked for {RETRIES} times" in text
    for code in (1100, 1101, 1102, 1300, 2103, 2105, 2110):
        assert str(code) in text
        assert errors.kind_of(code) is errors.Kind.LINK
