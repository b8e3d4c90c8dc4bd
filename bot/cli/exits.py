"""Exit codes, and which error leads to which: the table that docs/cli.md prints."""

from enum import IntEnum


class Exit(IntEnum):
    """What the shell, a script or systemd is told."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    ENVIRONMENT = 3
    REFUSED = 4
    EXPIRED = 5
    TRADES = 10
    TEMPORARY = 75
    INTERRUPTED = 130


MEANING = {
    Exit.OK: "fine, or nothing to do",
    Exit.UNEXPECTED: "an error that nobody foresaw: run again with --debug and report it",
    Exit.USAGE: "the command line or config.toml is wrong",
    Exit.ENVIRONMENT: "something is missing on this machine: an extra, a secret, a right, a file",
    Exit.REFUSED: "a safety rule refused: halted, a limit, the book and the broker differ",
    Exit.EXPIRED: "the plan has expired or the account has changed",
    Exit.TRADES: "plan --exit-code: there is something to trade",
    Exit.TEMPORARY: "the broker or the network is not there now: try again",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}


def classify(error: Exception) -> tuple[Exit, str] | None:
    """Exit code and remedy of an error that has a name; None for one that nobody foresaw.

    Errors are known by the name of their class: importing all of them would cost a start-up
    more than the rest of ``trimtab status`` does.
    """
    name = next((c.__name__ for c in type(error).__mro__ if c.__name__ in BY_NAME), None)
    if name is None:
        return None
    return BY_NAME[name], str(getattr(error, "remedy", ""))


BY_NAME = {
    "ConfigError": Exit.USAGE,
    "SecretError": Exit.ENVIRONMENT,
    "MissingSecret": Exit.ENVIRONMENT,
    "UnknownPlan": Exit.USAGE,
    "IllegalStep": Exit.EXPIRED,
    "WrongAccount": Exit.REFUSED,
    "BookError": Exit.ENVIRONMENT,
    "Misconfigured": Exit.ENVIRONMENT,
    "BadAnswer": Exit.REFUSED,
    "Unreachable": Exit.TEMPORARY,
    "PastHorizon": Exit.REFUSED,
    "NoCalendar": Exit.USAGE,
    "AlreadyRunning": Exit.REFUSED,
    "NoLock": Exit.ENVIRONMENT,
    "Refusal": Exit.REFUSED,
}
