"""docs/alpaca.md: its config loads, and what it says of the adapter is what the code says."""

import re
import tomllib
from pathlib import Path

from bot.carry.waiting import POLL_SECONDS
from bot.config.read import load
from brokers.alpaca.broker import BLOCKS, CAPABILITIES
from brokers.alpaca.corrections import FRESH, REACH
from brokers.alpaca.firm import NOT_FIRM
from brokers.alpaca.market import AT_ONCE
from brokers.alpaca.orders import QUIET
from brokers.alpaca.pace import Patience, Urgency
from brokers.alpaca.ticker import AGAIN_SECONDS, YOUNG_SECONDS
from brokers.alpaca.trouble import NOTHING_WAS_DONE
from brokers.broker import KeyKind
from brokers.settings import AlpacaSettings

DOCUMENT = (Path(__file__).parents[3] / "docs" / "alpaca.md").read_text()
BLOCKS_OF_CODE = dict(re.findall(r"^```toml (\S+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL))


def rows(title: str) -> dict[str, str]:
    """The first two cells of each row in the table whose head begins with ``title``."""
    table = DOCUMENT[DOCUMENT.index(f"| {title}") :].split("\n\n")[0]
    cells = (line.strip("| ").split(" | ") for line in table.splitlines()[2:])
    return {cell[0]: cell[1] for cell in cells}


def test_the_config_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BLOCKS_OF_CODE["config.toml"])
    (account,) = load(path, {}).accounts
    settings = account.broker
    assert settings == AlpacaSettings()
    assert set(tomllib.loads(BLOCKS_OF_CODE["secrets.toml"])) == {
        settings.key_id,
        settings.secret_key,
    }


def test_the_defaults_are_those_of_the_code() -> None:
    told, real = rows("key of"), AlpacaSettings()
    assert told["`feed`"] == f'`"{real.feed}"`'
    assert told["`bars_feed`"] == f'`"{real.bars_feed}"`'
    assert told["`requests_per_minute`"] == f"`{real.requests_per_minute}`"
    assert told["`timeout_seconds`"] == f"`{real.timeout_seconds}`"
    assert told["`stream`"] == f"`{str(real.stream).lower()}`"
    assert told["`quote_stream`"] == f"`{str(real.quote_stream).lower()}`"
    assert told["`quote_names_max`"] == f"`{real.quote_names_max}`"
    assert real.key_id == told["`keys`"].strip('`"') + "_key_id"


def test_the_capabilities_are_those_of_the_code() -> None:
    told, real = rows("capability"), CAPABILITIES
    assert real.key_kind is KeyKind.UNIQUE
    assert f"up to {real.key_length_max} characters" in told["our key"]
    said = {True: "yes", False: "no"}
    assert told["fractions of a share"] == said[real.fractions]
    assert told["short sales"] == said[real.shorting]
    assert told["corrected trades"] == said[real.corrections]
    assert told["lots are relieved"] == ", ".join(real.relief)
    assert told["an order can name lots"] == said[real.names_lots]
    assert told["orders a second"] == str(real.orders_per_second)
    assert real.lookup_horizon is real.executions_horizon is None


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"{QUIET.seconds} seconds apart" in DOCUMENT
    assert f"({', '.join(map(str, sorted(NOTHING_WAS_DONE)))})" in DOCUMENT
    assert f"readings stop at {100 - Urgency.LOOK} %" in DOCUMENT
    assert f"orders at {100 - Urgency.SUBMIT} %" in DOCUMENT
    assert all(f"`{flag}`" in DOCUMENT for flag in sorted(NOT_FIRM))
    assert len(BLOCKS) == 3


def test_what_is_told_of_streamed_quotes_and_corrections_is_what_is_done() -> None:
    seconds = f"{YOUNG_SECONDS:.0f} seconds"
    assert f"at most {seconds} old by its own time" in DOCUMENT
    assert f"came at most {seconds} ago" in DOCUMENT
    assert AGAIN_SECONDS == 3 * 60
    assert "a second time within three minutes" in DOCUMENT
    assert f"{AT_ONCE} names in one" in DOCUMENT
    assert FRESH.total_seconds() == 15 * 60
    assert REACH.days == 7
    assert "every quarter of an\n  hour, a week back" in DOCUMENT


def test_what_is_told_of_the_stream_is_what_it_does() -> None:
    patience = Patience()
    assert f"nothing came for {patience.quiet:.0f} seconds" in DOCUMENT
    assert f"that is not answered within {patience.answer:.0f}" in DOCUMENT
    assert patience.quiet + patience.answer == 25, "the document and the module say 25"
    assert f"tried again after {patience.again} seconds" in DOCUMENT
    assert (patience.again_max, patience.unwanted, patience.burst) == (60, 300, 4)
    assert "within five" in DOCUMENT
    assert patience.every == POLL_SECONDS == 5
