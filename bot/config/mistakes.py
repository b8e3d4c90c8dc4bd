"""What is wrong with a config, all of it at once, each with its place and its remedy."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from typing_extensions import override

SHOWN_MAX = 60
ALIKE = 0.7
"""How much of two words must agree before one is taken for the other misspelt."""
BEGUN_MIN = 3
"""Letters from which on a word may be the beginning of another."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. ``found`` is None where there is no value, or where it may be a secret."""

    file: str
    line: int | None
    key: str
    found: str | None
    problem: str
    nearest: str | None = None

    @override
    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        what = " = ".join(filter(None, (self.key, self.found)))
        subject = f"{place}: {what}: " if what else f"{place}: "
        hint = "" if self.nearest is None else f'; did you mean "{self.nearest}"?'
        return f"{subject}{self.problem}{hint}"


class ConfigError(Exception):
    """The config cannot be used. ``mistakes`` holds every reason, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Keep ``mistakes`` sorted by place, each of them once."""
        unique = dict.fromkeys(mistakes)
        self.mistakes = tuple(sorted(unique, key=lambda m: (m.file, m.line or 0, m.key)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def dotted(path: Sequence[str | int]) -> str:
    """``path`` as TOML writes it: names that are not bare are quoted, list items in brackets."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            parts.append(("." if parts else "") + _key(part))
    return "".join(parts)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else shortened(json.dumps(name, ensure_ascii=False))


def shown(value: object) -> str:
    """``value`` about as the file spells it, short enough for one line."""
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case dict():
            text = "(a table)"
        case list():
            text = f"[{', '.join(_item(item) for item in value[:10])}]"
        case _:
            text = str(value)
    return shortened(text)


def _item(value: object) -> str:
    return "[...]" if isinstance(value, list) else shown(value)


def shortened(text: str) -> str:
    """``text``, cut where a line would be lost in it."""
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 3] + "..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that ``word`` was probably meant to be."""
    by_folded = {name.casefold(): name for name in known}
    folded = word.casefold()
    close = get_close_matches(folded, by_folded, n=1, cutoff=ALIKE)
    begun = [name for name in by_folded if len(folded) >= BEGUN_MIN and name.startswith(folded)]
    likely = close or (begun if len(begun) == 1 else [])
    return by_folded[likely[0]] if likely else None
