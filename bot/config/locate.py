"""On which line a key stands: a scanner over TOML text that ``tomllib`` has found valid.

``lines`` walks the text once and notes the line of every table, key, list item and inline key.
It judges nothing and builds no values; what it does not know it steps over.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")


@dataclass
class _Scanner:
    """Reads ``text`` from ``at`` on; ``found`` grows as it goes."""

    text: str
    at: int = 0
    found: dict[KeyPath, int] = field(default_factory=dict)
    counts: dict[KeyPath, int] = field(default_factory=dict)
    """Tables so far in each array of tables."""

    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def note(self, path: KeyPath) -> None:
        """Keep the first line on which ``path`` or one of its tables is named."""
        for depth in range(1, len(path) + 1):
            self.found.setdefault(path[:depth], self.line())

    def skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        taken = match.group() if match else ""
        self.at += len(taken)
        return taken

    def take(self, literal: str) -> bool:
        if self.text.startswith(literal, self.at):
            self.at += len(literal)
            return True
        return False

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            before = self.at
            table = self.statement(table)
            self.skip(_BLANK)
            if self.at == before:  # not TOML after all: never turn on the spot
                return

    def statement(self, table: KeyPath) -> KeyPath:
        if self.take("[["):
            table = self.element(self.inside_arrays(self.key()))
            self.take("]]")
        elif self.take("["):
            table = self.inside_arrays(self.key())
            self.found[table] = self.line()
            self.note(table)
            self.take("]")
        else:
            self.pair(table)
        return table

    def element(self, array: KeyPath) -> KeyPath:
        """Path of the next table of ``array``."""
        number = self.counts.get(array, 0)
        self.counts[array] = number + 1
        self.note((*array, number))
        return (*array, number)

    def inside_arrays(self, key: KeyPath) -> KeyPath:
        """``key`` as a path: where it leads through an array of tables, its last table is meant."""
        path: KeyPath = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return (*path, *key[-1:])

    def pair(self, table: KeyPath) -> None:
        path = (*table, *self.key())
        self.note(path)
        self.take("=")
        self.skip(_SPACE)
        self.value(path)

    def key(self) -> KeyPath:
        """A key of one or more parts, bare or quoted, with dots between them."""
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            quoted = self.skip(_STRING)
            parts.append(_unquoted(quoted) if quoted else self.skip(_BARE_KEY))
            self.skip(_SPACE)
            if not self.take("."):
                return tuple(parts)

    def value(self, path: KeyPath) -> None:
        if self.take("["):
            self.items(path)
        elif self.take("{"):
            self.inline(path)
        elif not self.skip(_STRING):
            self.skip(_SCALAR)

    def items(self, path: KeyPath) -> None:
        number = 0
        self.skip(_BLANK)
        while not self.take("]"):
            before = self.at
            self.note((*path, number))
            self.value((*path, number))
            number += 1
            if not self.moved_on(before):
                return

    def inline(self, path: KeyPath) -> None:
        self.skip(_BLANK)
        while not self.take("}"):
            before = self.at
            self.pair(path)
            if not self.moved_on(before):
                return

    def moved_on(self, before: int) -> bool:
        """Step over a comma and blanks; False where nothing was read since ``before``."""
        self.skip(_BLANK)
        self.take(",")
        self.skip(_BLANK)
        return self.at > before


def _unquoted(quoted: str) -> str:
    """What a quoted key says, its escapes resolved."""
    return str(tomllib.loads(f"key = {quoted}")["key"])


def lines(text: str) -> Mapping[KeyPath, int]:
    """Line, from 1, of every path in ``text``, which must be valid TOML."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


def line_of(found: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Line of ``path``, or of the nearest table around it that is written down; 1 at the last."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in found:
            return found[path[:depth]]
    return 1
