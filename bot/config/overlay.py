"""Settings from outside the file: a flag goes before a variable, a variable before the file.

A variable is the key in capitals with two underscores for each dot and one for what a variable
cannot spell: ``TRIMTAB_ACCOUNTS__IRA__MODE=propose``. It can set every key of the file, and
inside a map (accounts, weights, corridors) those names that the file has.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.config.locate import KeyPath
from bot.config.mistakes import Mistake, dotted, nearest
from bot.config.secret_names import advice, looks_secret
from bot.config.values import Typed
from bot.config.walk import keys_of

PREFIX = "TRIMTAB_"
OTHERS = re.compile(r"TRIMTAB_CONFIG|TRIMTAB_SECRET_.*")
"""Variables of ours that set no key: where the file is, and the secrets."""

ENVIRONMENT = "environment"
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Override:
    """A value for ``path`` from ``source``, where it is called ``name``."""

    source: str
    name: str
    path: KeyPath
    value: str


def variable(path: KeyPath) -> str:
    """The variable that sets ``path``."""
    return PREFIX + "__".join(re.sub(r"[^A-Z0-9]", "_", str(part).upper()) for part in path)


def overrides(
    raw: Mapping[str, object], environ: Mapping[str, str], flags: Mapping[str, str]
) -> tuple[list[Override], list[Mistake]]:
    """What environment and flags (by dotted key) set, weakest first, and what they cannot set."""
    paths = tuple(keys_of(raw))
    typed = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    ours = {name: value for name, value in typed.items() if not OTHERS.fullmatch(name)}
    from_environ = _chosen(ENVIRONMENT, ours, [(variable(path), path) for path in paths])
    from_flags = _chosen(COMMAND_LINE, flags, [(dotted(path), path) for path in paths])
    return from_environ[0] + from_flags[0], from_environ[1] + from_flags[1]


def _chosen(
    source: str, typed: Mapping[str, str], known: Iterable[tuple[str, KeyPath]]
) -> tuple[list[Override], list[Mistake]]:
    paths: dict[str, list[KeyPath]] = {}
    for name, path in known:
        paths.setdefault(name, []).append(path)
    found: list[Override] = []
    mistakes: list[Mistake] = []
    for name, value in typed.items():
        match paths.get(name):
            case [path]:
                found.append(Override(source, name, path, value))
            case None:
                mistakes.append(_unknown(source, name, paths))
            case several:
                both = " and ".join(dotted(path) for path in several)
                mistakes.append(Mistake(source, None, name, None, f"stands for {both}"))
    return found, mistakes


def _unknown(source: str, name: str, known: Iterable[str]) -> Mistake:
    """The value is not shown: nobody knows what it was meant for."""
    if looks_secret(name):
        return Mistake(source, None, name, None, f"no such setting; {advice(name)}")
    return Mistake(source, None, name, None, "no such setting", nearest(name, known))


def put(raw: dict[str, object], override: Override) -> None:
    """Set the value in ``raw``; where a table is no table the file's own mistake stays."""
    table: object = raw
    for part in override.path[:-1]:
        assert isinstance(part, str), "keys that can be set do not lead through lists"
        if not isinstance(table, dict):
            return
        table = table.setdefault(part, {})
    if isinstance(table, dict):
        table[override.path[-1]] = Typed(override.value)
