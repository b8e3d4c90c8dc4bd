"""A record as one line: for people, or as JSON. No secret and no control character gets through.

A name from outside can hold a line break or the escape codes of a terminal: as they stand, they
would forge lines or repaint a screen (OWASP ASVS 5.0, 16.4.1). They are written as escapes. What
follows the first line of a traceback is indented, so that every line at the margin is a record.
"""

import json
import logging
import re
from datetime import UTC, datetime

from typing_extensions import override

from bot.redaction import redacted

LINE_MAX = 16_384
"""Characters of one record; what is longer is cut, and says so."""

FIELDS = ("account", "slot", "mail", "plan")
"""What a record may be about, beside its sentence: given as ``extra``."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """``text`` with each control character as its escape, as Python writes it."""
    return _CONTROL.sub(lambda found: _escape(ord(found.group())), text)


def _escape(code: int) -> str:
    short = {0x0A: r"\n", 0x0D: r"\r", 0x09: r"\t"}.get(code)
    return short or (f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}")  # noqa: PLR2004


def cut(text: str) -> str:
    """``text``, or its beginning where it is very long."""
    return text if len(text) <= LINE_MAX else f"{text[:LINE_MAX]}... ({len(text)} characters)"


def moment(record: logging.LogRecord) -> str:
    """When it was, to the millisecond."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


class TextLines(logging.Formatter):
    """One line for people."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Time, gravity, who speaks, what about, and the sentence."""
        about = "".join(f" {name}={value}" for name, value in _about(record))
        said = cut(redacted(record.getMessage()))
        head = f"{moment(record)} {record.levelname.lower()} {record.name}:{about}"
        return "\n    ".join((f"{escaped(head)} {escaped(said)}", *_trace(self, record)))


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        """The same facts by name; ``error`` and ``trace`` where there was an exception."""
        line = {
            "time": moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": cut(redacted(record.getMessage())),
            **dict(_about(record)),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = "\n".join(_trace(self, record))
        return json.dumps({name: escaped(text) for name, text in line.items()})


def _about(record: logging.LogRecord) -> list[tuple[str, str]]:
    found = ((name, getattr(record, name, None)) for name in FIELDS)
    return [(name, redacted(str(value))) for name, value in found if value is not None]


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """The traceback, line by line; empty where there was no exception."""
    if not record.exc_info or record.exc_info[0] is None:
        return []
    told = cut(redacted(formatter.formatException(record.exc_info)))
    return [escaped(line) for line in told.split("\n")]
