"""Every message that docs/faq.md explains is one that the program can say."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("bot", "brokers", "strategies")
FAQ = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
ROWS = [row.strip("|").split(" | ") for row in FAQ.splitlines() if row.startswith("| `")]
BLANKS = re.compile(r"\.\.\.|\bACCOUNT\b|\bPLAN\b")
"""What stands for something else in a message."""


@cache
def said() -> str:
    """Everything that is written in quotes anywhere in the product, as one text.

    Of a text with values in it the pieces between them, joined by a mark that no message holds.
    """
    pieces: list[str] = []
    for room in PRODUCT:
        for path in (ROOT / room).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            constants = (node.value for node in nodes if isinstance(node, ast.Constant))
            pieces += [value for value in constants if isinstance(value, str)]
    return "\0".join(pieces)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_the_message_is_one_of_the_program(row: list[str]) -> None:
    assert len(row) == 3, "what it says, why, and what to do"
    messages = re.findall(r"`([^`]+)`", row[0])
    assert messages
    for message in messages:
        longest = max((part.strip(" :;`") for part in BLANKS.split(message)), key=len)
        assert len(longest) >= 6
        assert longest in said(), f"nothing in the program says {longest!r}"
