"""What goes over the socket: one JSON object a line, in ASCII.

From the search: reports, and answers. From a listener: ``{"cancel": true}`` stops every search of
the process, ``{"cancel": "main"}`` that of one account; the answer ``{"cancelled": ["main"]}``
names the accounts whose search it stopped.
"""

import json
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Literal

SCHEMA = "trimtab/search/1"

State = Literal["searching", "finished", "stopped", "deadline"]


@dataclass(frozen=True, slots=True)
class Report:
    """One look at a search; null is what is not known.

    Objective and bound are in basis points of net asset value, risk in shares of it: tracking
    error and volatility a year, VaR over one day. var_95_amount is in the account's base currency.
    The risk is that of the best plan so far; until there is one, of what is held.
    """

    account: str
    state: State
    stage: str
    iteration: int
    objective_bps: float | None
    bound_bps: float | None
    gap: float | None
    elapsed_seconds: float
    iterations_per_second: float | None
    seconds_to_deadline: float | None
    seconds_to_gap: float | None
    tracking_error: float | None
    tracking_error_limit: float | None
    volatility: float | None
    var_95: float | None
    var_95_limit: float | None
    var_95_amount: float | None
    breaks: tuple[str, ...]


KEYS = tuple(field.name for field in fields(Report))


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The answer to a cancel: the accounts whose search was stopped by it."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to what cannot be done, and why."""

    why: str


Said = Report | Cancelled | Refused


class NotUnderstood(Exception):
    """The line is not in this form."""


def encode(said: Said) -> bytes:
    """``said`` as one line."""
    document: dict[str, object]
    match said:
        case Report():
            document = {"schema": SCHEMA} | {key: _finite(getattr(said, key)) for key in KEYS}
        case Cancelled(accounts):
            document = {"cancelled": accounts}
        case Refused(why):
            document = {"refused": why}
    return json.dumps(document, allow_nan=False).encode("ascii") + b"\n"


def decode(line: bytes) -> Said:
    """The meaning of ``line``; ``NotUnderstood`` where it has none."""
    match _object(line):
        case {"schema": schema, **rest} if schema == SCHEMA and set(rest) == set(KEYS):
            return Report(**{**rest, "breaks": tuple(rest["breaks"])})
        case {"cancelled": [*accounts]}:
            return Cancelled(tuple(str(account) for account in accounts))
        case {"refused": str(why)}:
            return Refused(why)
    raise NotUnderstood(f"{line[:80]!r} is no line of a search")


def encode_cancel(account: str | None) -> bytes:
    """The wish that the search for ``account``, or every search, end."""
    return json.dumps({"cancel": True if account is None else account}).encode("ascii") + b"\n"


def decode_cancel(line: bytes) -> str | None:
    """The account whose search is to end, None for all; ``NotUnderstood`` for anything else."""
    match _object(line):
        case {"cancel": True}:
            return None
        case {"cancel": str(account)}:
            return account
    raise NotUnderstood('send {"cancel": true}, or the name of an account in its place')


def _finite(value: object) -> object:
    """``value``, or null in place of a number that JSON cannot write."""
    return None if isinstance(value, float) and not isfinite(value) else value


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as exc:  # bytes that are no text either
        raise NotUnderstood(f"{line[:80]!r} is no JSON") from exc
    return found if isinstance(found, dict) else {}
