"""What nobody catches goes out through the filter too: tracebacks, and complaints of libraries."""

import logging
import sys
import threading
import traceback
from types import TracebackType

from typing_extensions import override

from bot.logs.lines import escaped
from bot.logs.start import hush
from bot.redaction import redacted


def guard_errors() -> None:
    """From now on nothing reaches stderr past the filter, whoever forgot to handle what."""
    hush()
    logging.lastResort = _LastResort(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


class _LastResort(logging.Handler):
    """Speaks where no log was set up, as the library's own would, but without secrets."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """One line; where stderr is gone there is nobody to tell."""
        _say(f"{escaped(redacted(record.getMessage()))}\n")


def _uncaught(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    _say("".join(traceback.format_exception(kind, error, at)))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is SystemExit or told.exc_value is None:
        return
    name = told.thread.name if told.thread is not None else "?"
    lines = traceback.format_exception(told.exc_type, told.exc_value, told.exc_traceback)
    _say(f"in thread {name}:\n{''.join(lines)}")


def _unraisable(told: "sys.UnraisableHookArgs") -> None:
    lines = traceback.format_exception(told.exc_type, told.exc_value, told.exc_traceback)
    _say(f"{told.err_msg or 'ignored'}: {type(told.object).__name__}\n{''.join(lines)}")


def _say(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(redacted(text))
        sys.stderr.flush()
    except (OSError, ValueError):
        return
