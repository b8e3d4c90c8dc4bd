"""How a record looks: one line at the margin, no control characters, and the facts by name."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs.lines import LINE_MAX, JsonLines, TextLines


def record(text: str, **about: str) -> logging.LogRecord:
    made = logging.LogRecord("trimtab.daemon", logging.WARNING, "", 0, text, None, None)
    made.created = 1_795_790_000.123
    made.__dict__.update(about)
    return made


def failed() -> logging.LogRecord:
    made = record("it failed")
    try:
        int("no\x1b[31m price\nforged line")
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def test_a_line_for_people() -> None:
    line = TextLines().format(record("begun", account="ira", slot="2026-11-27/open+15m"))
    assert line == (
        "2026-11-27T14:33:20.123Z warning trimtab.daemon: account=ira "
        "slot=2026-11-27/open+15m begun"
    )


def test_a_line_for_machines() -> None:
    line = json.loads(JsonLines().format(record("begun", account="ira")))
    assert line == {
        "time": "2026-11-27T14:33:20.123Z",
        "level": "warning",
        "logger": "trimtab.daemon",
        "message": "begun",
        "account": "ira",
    }


def test_a_traceback_cannot_forge_a_record() -> None:
    first, *rest = TextLines().format(failed()).split("\n")
    assert first.endswith("trimtab.daemon: it failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in "".join(rest)
    machine = json.loads(JsonLines().format(failed()))
    assert machine["error"] == "ValueError"
    assert "no" in machine["trace"]
    assert "\n    " not in machine["trace"]


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()], ids=["text", "json"])
@given(text=st.text())
def test_no_control_character_gets_through(lines: logging.Formatter, text: str) -> None:
    made = record("%s")
    made.args = (text,)
    line = lines.format(made)
    assert line.isprintable() or all(not _is_control(letter) for letter in line)
    if isinstance(lines, JsonLines):
        assert json.loads(line)["level"] == "warning"


def _is_control(letter: str) -> bool:
    code = ord(letter)
    return code < 0x20 or 0x7F <= code <= 0x9F or letter in "\u2028\u2029\u202e"


def test_a_very_long_sentence_is_cut() -> None:
    line = TextLines().format(record("x" * (LINE_MAX + 1)))
    assert line.endswith(f"... ({LINE_MAX + 1} characters)")
