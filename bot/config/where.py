"""Where the book lies, read from config.toml with nothing but the standard library.

``trimtab status`` needs little more of the config than this (``quick.py``), and checking
all of it would take longer than the answer does.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bot.config.mistakes import ConfigError, Mistake

DEFAULT_BOOK = "trimtab.db"
DEFAULT_STATE = "state"


def read_raw(config: Path) -> Mapping[str, object]:
    """The config as it is written; ``ConfigError`` where it cannot be read."""
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _mistake(config, "there is no config; write one with: trimtab init") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _mistake(config, str(error)) from error


def find_book(
    config: Path, environ: Mapping[str, str], raw: Mapping[str, object] | None = None
) -> Path:
    """Path of the embedded book; ``raw`` is the config where it was read already."""
    table = read_raw(config) if raw is None else raw
    found = environ.get("TRIMTAB_BOOK") or table.get("book", DEFAULT_BOOK)
    if not isinstance(found, str):
        raise _mistake(config, "book must be a path or a PostgreSQL address, in quotes")
    if "://" in found and not found.startswith("sqlite:///"):
        raise _mistake(config, "status reads an embedded book only; use: trimtab history")
    return config.resolve().parent / found.removeprefix("sqlite:///")


def find_state_dir(
    config: Path, environ: Mapping[str, str], raw: Mapping[str, object] | None = None
) -> Path:
    """The state folder, where the kill switch is; ``raw`` as above."""
    table = read_raw(config) if raw is None else raw
    found = environ.get("TRIMTAB_STATE_DIR") or table.get("state_dir", DEFAULT_STATE)
    if not isinstance(found, str):
        raise _mistake(config, "state_dir must be a path, in quotes")
    return config.resolve().parent / found


def _mistake(config: Path, text: str) -> ConfigError:
    return ConfigError([Mistake(file=str(config), line=None, key="", found=None, problem=text)])
