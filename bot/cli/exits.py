"""Exit codes, and which error leads to which: the tables that docs/cli.md prints."""

from enum import IntEnum


class Exit(IntEnum):
    """What the shell, a script or systemd is told."""

    OK = 0
    UNEXPECTED = 1
    FAILED = 1  # the same to a shell: a drill in which not all held
    USAGE = 2
    ENVIRONMENT = 3
    REFUSED = 4
    EXPIRED = 5
    TRADES = 10
    TEMPORARY = 75
    INTERRUPTED = 130


MEANING = {
    Exit.OK: "fine, or nothing to do; also a daemon that was asked to stop",
    Exit.UNEXPECTED: "an error that nobody foresaw: run again with --debug and report it;"
    " drill, selftest: not all of it held",
    Exit.USAGE: "the command line or config.toml is wrong",
    Exit.ENVIRONMENT: "something is missing on this machine: an extra, a secret, a right, a file",
    Exit.REFUSED: "a safety rule refused: halted, closed, a limit, book and broker differ",
    Exit.EXPIRED: "the plan has expired, or is no longer where this step could start from",
    Exit.TRADES: "plan --exit-code: there is something to trade",
    Exit.TEMPORARY: "the broker, the network or the book is not free now: try again",
    Exit.INTERRUPTED: "interrupted by Ctrl-C; the book is sound",
}


class WrongUse(Exception):
    """The command line names something that is not there, or that does not go together."""

    def __init__(self, what: str, remedy: str) -> None:
        """Say what is wrong with it, and what can be written instead."""
        super().__init__(what)
        self.remedy = remedy


NO_REMEDY = "run again with --debug and report it"

BY_NAME = {
    "WrongUse": Exit.USAGE,
    "ConfigError": Exit.USAGE,
    "UnknownPlan": Exit.USAGE,
    "NoCalendar": Exit.USAGE,
    "NoTarget": Exit.USAGE,
    "NoRisk": Exit.USAGE,
    "BadTax": Exit.USAGE,
    "BadTrades": Exit.USAGE,
    "BadImport": Exit.USAGE,
    "Untold": Exit.USAGE,
    "SecretError": Exit.ENVIRONMENT,
    "BookError": Exit.ENVIRONMENT,
    "Misconfigured": Exit.ENVIRONMENT,
    "NoLock": Exit.ENVIRONMENT,
    "FlagNotWritten": Exit.ENVIRONMENT,
    "NoPrices": Exit.ENVIRONMENT,
    "NoSocket": Exit.ENVIRONMENT,
    "NotOurs": Exit.ENVIRONMENT,
    "NoPing": Exit.ENVIRONMENT,
    "OSError": Exit.ENVIRONMENT,
    "WrongAccount": Exit.REFUSED,
    "Contradicted": Exit.REFUSED,
    "RolledBack": Exit.REFUSED,
    "BadAnswer": Exit.REFUSED,
    "BadLots": Exit.REFUSED,
    "PastHorizon": Exit.REFUSED,
    "AlreadyRunning": Exit.REFUSED,
    "LeaseHeld": Exit.REFUSED,
    "NotHolder": Exit.REFUSED,
    "Refusal": Exit.REFUSED,
    "IllegalStep": Exit.EXPIRED,
    "BookLocked": Exit.TEMPORARY,
    "BookBroken": Exit.TEMPORARY,
    "Unreachable": Exit.TEMPORARY,
}
"""Errors by the name of their class, nearest ancestor first.

By name, since importing all of them would cost more than the whole of ``trimtab status`` does.
"""

REMEDIES = {
    "ConfigError": "docs/config.md tells every key",
    "SecretError": "docs/config.md tells where secrets are looked for",
    "Oversold": "run: trimtab reconcile",
    "BadAnswer": "look at the account itself before anything else",
    "Unreachable": "try again; if it stays: trimtab check",
    "OSError": "see that the folder exists, may be written, and has room",
}
"""What helps where the error itself does not say."""


def classify(error: Exception) -> tuple[Exit, str] | None:
    """Exit code and remedy of an error that has a name; None for one that nobody foresaw."""
    names = [kind.__name__ for kind in type(error).__mro__]
    code = next((BY_NAME[name] for name in names if name in BY_NAME), None)
    if code is None:
        return None
    own = str(getattr(error, "remedy", ""))
    return code, own or next((REMEDIES[name] for name in names if name in REMEDIES), "")


def sentence(error: Exception) -> str:
    """What went wrong, without the remedy where the error keeps it apart."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'this machine'}: {error.strerror.lower()}"
    return str(getattr(error, "what", "")) or str(error) or type(error).__name__
