"""What a person or a script sees: data on stdout, everything else on stderr.

Colour only on a terminal (and never with NO_COLOR or TERM=dumb); text is plain ASCII, so that no
terminal can choke on it.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

SCHEMA_VERSION = 1

STYLES: Mapping[str, Mapping[str, Any]] = {
    "PAPER": {"fg": "blue", "bold": True},
    "LIVE": {"fg": "yellow", "bold": True, "reverse": True},
    "ok": {"fg": "blue"},
    "warn": {"fg": "yellow"},
    "fail": {"fg": "red", "bold": True},
    "dim": {"dim": True},
}


def prepare_streams() -> None:
    """Never die of a character that a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def wants_colour() -> bool:
    """Whether stderr and stdout may be coloured."""
    forced = os.environ.get("FORCE_COLOR", "") not in {"", "0"}
    refused = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return not refused and (forced or sys.stdout.isatty())


def paint(text: str, style: str) -> str:
    """``text`` in the colours of ``style``, where colour is wanted."""
    return typer.style(text, **STYLES[style]) if wants_colour() else text


def show(text: str) -> None:
    """Data: to stdout."""
    typer.echo(text, color=wants_colour())


def tell(text: str) -> None:
    """A message to the person: to stderr."""
    typer.echo(text, err=True, color=wants_colour())


def next_step(text: str) -> None:
    """What to do after this, for a person."""
    tell(paint(f"next: {text}", "dim"))


def complain(what: str, remedy: str = "") -> None:
    """An error in one line, and how it is mended in another."""
    tell(paint(f"error: {what}", "fail"))
    if remedy:
        tell(f"fix: {remedy}")


def show_json(kind: str, **payload: object) -> None:
    """One JSON document; ``schema`` names its form, which docs/ describes."""
    document = {"schema": f"trimtab/{kind}/{SCHEMA_VERSION}", **payload}
    show(json.dumps(document, default=_plain, indent=2, ensure_ascii=True))


def _plain(thing: object) -> object:
    """Decimals as exact strings, moments in ISO 8601."""
    match thing:
        case Decimal():
            return format(thing, "f")
        case datetime() | date():
            return thing.isoformat()
        case Path():
            return str(thing)
        case set() | frozenset():
            return sorted(thing, key=str)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            return asdict(thing)
    raise TypeError(f"{type(thing).__name__} has no JSON form")
