"""Where the book lies, read from config.toml with nothing but the standard library.

``trimtab status`` needs no more of the config than this, and checking all of it would take longer
than the answer does.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bot.config.mistakes import ConfigError, Mistake

DEFAULT_BOOK = "trimtab.db"


def find_book(config: Path, environ: Mapping[str, str]) -> Path:
    """Path of the embedded book; ``ConfigError`` where the config cannot be read."""
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _mistake(config, "there is no config; write one with: trimtab init") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _mistake(config, str(error)) from error
    found = environ.get("TRIMTAB_BOOK") or table.get("book", DEFAULT_BOOK)
    if not isinstance(found, str):
        raise _mistake(config, "book must be a path or a PostgreSQL address, in quotes")
    if "://" in found and not found.startswith("sqlite:///"):
        raise _mistake(config, "status reads an embedded book only; use: trimtab history")
    return config.resolve().parent / found.removeprefix("sqlite:///")


def _mistake(config: Path, text: str) -> ConfigError:
    return ConfigError([Mistake(file=str(config), line=None, key="", found=None, problem=text)])
