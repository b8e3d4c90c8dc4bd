"""Where each value came from, so that a mistake can name its place."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bot.config.locate import KeyPath, line_of, lines
from bot.config.mistakes import ConfigError, Mistake, dotted
from bot.config.overlay import Override

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Source:
    """The file, the lines of its keys, and what was set over it from outside."""

    path: Path
    lines: Mapping[KeyPath, int]
    overrides: Mapping[KeyPath, Override] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Folder that relative paths in the file start from."""
        return self.path.absolute().parent

    def mistake(
        self, path: KeyPath, found: str | None, problem: str, nearest: str | None = None
    ) -> Mistake:
        """A mistake at ``path``, placed where its value was written."""
        depths = range(len(path), 0, -1)
        override = next(filter(None, (self.overrides.get(path[:depth]) for depth in depths)), None)
        if override is not None:
            return Mistake(override.source, None, override.name, found, problem, nearest)
        line = line_of(self.lines, path)
        return Mistake(str(self.path), line, dotted(path), found, problem, nearest)


def read_file(path: Path) -> str:
    """The text of the config, or a ``ConfigError`` that says what to do about its absence."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as exc:
        problem = "no such file; `trimtab init` writes one"
        raise ConfigError([Mistake(str(path), None, "", None, problem)]) from exc
    except UnicodeDecodeError as exc:
        problem = f"is not UTF-8 text (byte {exc.start})"
        raise ConfigError([Mistake(str(path), None, "", None, problem)]) from exc
    except OSError as exc:
        problem = f"cannot be read: {exc.strerror}"
        raise ConfigError([Mistake(str(path), None, "", None, problem)]) from exc


def parse(text: str, path: Path) -> tuple[dict[str, object], Mapping[KeyPath, int]]:
    """The tables in ``text``, numbers exact, and the line of each key."""
    try:
        return tomllib.loads(text, parse_float=_exact), lines(text)
    except RecursionError as exc:
        problem = "is nested too deeply"
        raise ConfigError([Mistake(str(path), None, "", None, problem)]) from exc
    except ValueError as exc:
        raise ConfigError([_syntax(str(exc), text, path)]) from exc


def _exact(text: str) -> Decimal:
    """The number as written; one too large for any use is no number, and refused as that."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _syntax(message: str, text: str, path: Path) -> Mistake:
    """What tomllib says, with the line in its place."""
    place = _PLACE.search(message)
    what = message[: place.start()] if place else message
    line = int(place["line"]) if place and place["line"] else None
    if place and line is None:
        line = text.rstrip("\n").count("\n") + 1
    column = f" (column {place['column']})" if place and place["column"] else ""
    return Mistake(str(path), line, "", None, f"this is not TOML: {what}{column}")
