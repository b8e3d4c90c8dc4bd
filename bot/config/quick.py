"""Who belongs together, read from config.toml with nothing but the standard library.

It agrees with the full reading wherever that finds no mistake, and passes over the rest.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

Raw = Mapping[str, object]


class FamilyGlance(NamedTuple):
    """A household's accounts of one kind of money, and the files of those held elsewhere.

    ``name`` is empty for the household of all accounts that name none.
    """

    name: str
    environment: str
    accounts: tuple[str, ...]
    files: tuple[Path, ...]


def find_families(config: Path, environ: Mapping[str, str], raw: Raw) -> Iterator[FamilyGlance]:
    """Every household of ``raw``, the config as it is written."""
    folder = config.resolve().parent
    members: dict[tuple[str, str], list[str]] = {}
    for account in _table(raw, "accounts"):
        said = [
            _said(environ, raw, "accounts", account, key)
            for key in ("household", "profile", "environment")
        ]
        household, profile, environment = (str(each or "") for each in said)
        own = account if profile == "adviser" else ""
        key = (household or own, (environment or "paper").upper())
        members.setdefault(key, []).append(account)
    for (name, environment), accounts in members.items():
        where = ("households", name, "trades") if name else ("household", "trades")
        files = (folder / each for each in _texts(_said(environ, raw, *where)))
        yield FamilyGlance(name, environment, tuple(accounts), tuple(files))


def find_harvesting(environ: Mapping[str, str], raw: Raw) -> tuple[str, ...]:
    """The accounts that are taxed as they go and whose losses are harvested."""
    return tuple(name for name in _table(raw, "accounts") if _harvests(environ, raw, name))


def _harvests(environ: Mapping[str, str], raw: Raw, account: str) -> bool:
    path = ("accounts", account, "harvest")
    is_there = "harvest" in _table(raw, "accounts", account)
    is_there |= any(name.startswith(f"{_variable(*path)}__") for name in environ)
    enabled = _said(environ, raw, *path, "enabled")
    kind = _said(environ, raw, "accounts", account, "tax", "kind")
    return is_there and str(enabled).lower() != "false" and kind in {None, "taxable"}


def _variable(*path: str) -> str:
    return "TRIMTAB_" + "__".join(re.sub(r"[^A-Z0-9]", "_", part.upper()) for part in path)


def _said(environ: Mapping[str, str], raw: Raw, *path: str) -> object:
    """What holds for a key: the variable that sets it, else what the file says."""
    name = _variable(*path)
    if name in environ:
        return environ[name].split(",") if path[-1] == "trades" else environ[name]
    return _table(raw, *path[:-1]).get(path[-1])


def _table(raw: Raw, *path: str) -> Raw:
    for part in path:
        found = raw.get(part)
        raw = found if isinstance(found, dict) else {}
    return raw


def _texts(value: object) -> list[str]:
    """A lone text is a list of one."""
    several = value if isinstance(value, list) else [value]
    return [each.strip() for each in several if isinstance(each, str)]
