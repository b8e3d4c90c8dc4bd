"""What a person or a script sees: data on stdout, everything else on stderr.

Colour only on a terminal (and never with NO_COLOR or TERM=dumb); text is plain ASCII, so that no
terminal can choke on it. ``--quiet`` silences what is said beside data and errors.
"""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

import typer

from bot.redaction import redacted, without_secrets

if TYPE_CHECKING:
    from bot.cli.documents import Document

STYLES: Mapping[str, Mapping[str, Any]] = {
    "PAPER": {"fg": "blue", "bold": True},
    "LIVE": {"fg": "yellow", "bold": True, "reverse": True},
    "ok": {"fg": "blue"},
    "warn": {"fg": "yellow"},
    "fail": {"fg": "red", "bold": True},
    "dim": {"dim": True},
}

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""What ``paint`` puts around a text."""

_QUIET = ContextVar("quiet", default=False)


def prepare_streams() -> None:
    """Never die of a character that a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def be_quiet(wanted: bool) -> None:
    """Say nothing beside data and errors, for as long as this command runs."""
    _QUIET.set(wanted)


def is_quiet() -> bool:
    """Whether only data and errors are wanted."""
    return _QUIET.get()


def wants_colour(stream: TextIO) -> bool:
    """Whether what goes to ``stream`` may be coloured."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return os.environ.get("FORCE_COLOR", "") not in {"", "0"} or stream.isatty()


def paint(text: str, style: str) -> str:
    """``text`` in the colours of ``style``; they are taken out again where none are wanted."""
    return typer.style(text, **STYLES[style])


def _write(stream: TextIO, text: str) -> None:
    """One line or several, without the colours where none are wanted, and without secrets."""
    print(text if wants_colour(stream) else COLOUR.sub("", text), file=stream, flush=True)


def show(text: str) -> None:
    """Data: to stdout, in the form that it has."""
    _write(sys.stdout, without_secrets(text))


def _say(text: str) -> None:
    """To stderr. Where it cannot be written (a full disk, a pipe nobody reads) work goes on."""
    with suppress(OSError):
        _write(sys.stderr, text)


def tell(text: str) -> None:
    """A message to the person: to stderr, unless they asked for quiet."""
    if not is_quiet():
        _say(redacted(text))


def next_step(text: str) -> None:
    """What to do after this, for a person."""
    tell(paint(f"next: {text}", "dim"))


def complain(what: str, remedy: str = "") -> None:
    """An error, a line for each mistake, and a line on how it is mended."""
    for line in what.splitlines() or [""]:
        _say(paint(f"error: {redacted(line)}", "fail"))
    if remedy:
        _say(f"fix: {redacted(remedy)}")


def show_json(document: "Document") -> None:
    """One JSON document on stdout; its ``schema`` names its form, which docs/schemas holds."""
    from bot.cli.documents import as_text

    show(as_text(document))
