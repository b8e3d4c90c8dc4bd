"""The first config.toml: safe answers, commented, readable by its owner alone."""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from bot.config.account_table import BrokerKind
from bot.config.digest import plain
from bot.config.mistakes import ConfigError, Mistake
from bot.config.read import read_text
from bot.config.us20 import US20
from bot.limits import Profile

Preset = Literal["us20-equal"]


@dataclass(frozen=True, slots=True)
class InitAnswers:
    """What `trimtab init` asks. ``targets`` are weights by symbol, or a preset by its name."""

    account: str = "main"
    broker: BrokerKind = BrokerKind.PAPER
    cash: Decimal = Decimal(100_000)
    """In the base currency; only the paper broker is given any."""
    targets: Preset | Mapping[str, Decimal] = "us20-equal"
    email: str | None = None
    profile: Profile = Profile.PERSON
    taxable: bool = True
    live_account: str = "0000"
    """A hand-kept account is real money: the number that its positions.csv states."""


def write_new(path: Path, answers: InitAnswers, *, force: bool = False) -> None:
    """Write a config to ``path`` that loads; an existing one is replaced only with ``force``.

    Raises ``ConfigError``, and then nothing was written.
    """
    text = config_text(answers)
    read_text(text, path, {})
    try:
        _replace(path, text) if force else _create(path, text)
    except FileExistsError as exc:
        raise _failed(path, "exists already and is left as it is; --force replaces it") from exc
    except OSError as exc:
        raise _failed(path, f"cannot be written: {exc.strerror}") from exc


def _failed(path: Path, problem: str) -> ConfigError:
    return ConfigError([Mistake(str(path), None, "", None, problem)])


def _create(path: Path, text: str) -> None:
    """A file that was not there before; what cannot be finished is taken away again."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _fill(handle, text)
    except OSError:
        path.unlink()
        raise


def _replace(path: Path, text: str) -> None:
    """The whole new file or the whole old one, whatever happens in between."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        _fill(handle, text)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        raise


def _fill(handle: int, text: str) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def config_text(answers: InitAnswers) -> str:
    """The config as text."""
    name = answers.account
    parts = [
        _HEAD,
        _MAIL.format(to=_list((answers.email,) if answers.email else ())),
        _account(answers),
        _target(name, answers.targets),
        _TAX.format(name=name, kind="taxable" if answers.taxable else "traditional"),
        _broker(answers),
    ]
    return _aligned("\n".join(parts))


def _account(answers: InitAnswers) -> str:
    """What is kept by hand is real, and says whose it is; all else begins with no real money."""
    if answers.broker is not BrokerKind.MANUAL:
        money = 'environment = "paper"        # no real money; "live" also needs live_account'
    else:
        number = _text(answers.live_account)
        money = (
            'environment = "live"         # real money, in your hands: orders become tickets\n'
            f"live_account = {number}      # the number that positions.csv states"
        )
    return _ACCOUNT.format(
        name=answers.account,
        broker=answers.broker.value,
        money=money,
        profile=answers.profile.value,
    )


def _aligned(text: str) -> str:
    """``text`` with the comments that stand behind values all in one column."""
    rows = (re.fullmatch(r"(\S.*?) {2,}(# .*)", line) for line in text.split("\n"))
    pairs = zip(text.split("\n"), rows, strict=True)
    lines = (f"{row[1]:<28} {row[2]}" if row else line for line, row in pairs)
    return "\n".join(lines)


def _target(name: str, targets: Preset | Mapping[str, Decimal]) -> str:
    if isinstance(targets, str):
        return _EQUAL.format(name=name, symbols=_list(US20, per_line=5))
    rows = "\n".join(f"{_text(symbol)} = {plain(weight)}" for symbol, weight in targets.items())
    return _FIXED.format(name=name, rows=rows)


def _broker(answers: InitAnswers) -> str:
    match answers.broker:
        case BrokerKind.PAPER:
            return _PAPER.format(name=answers.account, cash=plain(answers.cash))
        case BrokerKind.MANUAL:
            return _MANUAL.format(name=answers.account)
        case BrokerKind.ALPACA:
            return _ALPACA.format(name=answers.account)
        case BrokerKind.IBKR:
            return _IBKR.format(name=answers.account)


def _text(value: str) -> str:
    return json.dumps(value)


def _list(items: tuple[str, ...], per_line: int = 0) -> str:
    """A list, on one line or with ``per_line`` items on each."""
    quoted = [_text(item) for item in items]
    if not per_line:
        return f"[{', '.join(quoted)}]"
    starts = range(0, len(quoted), per_line)
    rows = [f"  {', '.join(quoted[start : start + per_line])}," for start in starts]
    return "\n".join(["[", *rows, "]"])


_HEAD = """\
# Trimtab. Every key and its unit: docs/config.md. Weights are fractions: 0.05 is 5 %.
# No secret belongs into this file; the program refuses to start with one in it.

book = "trimtab.db"          # the book, a file beside this one
calendar = "XNYS"            # exchange whose sessions are kept (ISO 10383)
state_dir = "state"          # folder of what is kept beside the book
"""

_MAIL = """\
[mail]
to = {to}
outbox = "outbox"            # mails are files in this folder until a mail server is set:
# host = "smtp.example.org"
# security = "starttls"      # or "tls"; the password is the secret smtp_password
# username = "me@example.org"
# from = "me@example.org"

[alerts]
drift_warning = 0.03         # weight: tell me when a name is 3 % of the account off target
weekly_report = "friday"     # day of the report by its name, or "off"
"""

_ACCOUNT = """\
[accounts.{name}]
broker = "{broker}"
{money}
mode = "propose"             # plan and mail only; then "approve", "auto-critical", "auto"
profile = "{profile}"           # limits of what the program may do

[accounts.{name}.schedule]
at = "open+15m"              # look once a session, 15 minutes after the open
cooldown_days = 2            # calendar days to leave the account alone after trading

[accounts.{name}.bands]
absolute = 0.05              # weight: act when a name is this far from target,
relative = 0.25              # or this share of its target, whichever is nearer
aim = "half"                 # bring it half way back: "edge", "half", "target"

[accounts.{name}.cash]
weight = 0.01                # share of the account that stays in cash
band = 0.01                  # more than this over it is invested
"""

_EQUAL = """\
[accounts.{name}.target]
strategy = "equal"           # the same weight for each of these
symbols = {symbols}
"""

_FIXED = """\
[accounts.{name}.target]
strategy = "fixed"

[accounts.{name}.target.weights]   # fractions that make 1 together
{rows}
"""

_TAX = """\
[accounts.{name}.tax]
kind = "{kind}"           # "taxable", "traditional", "roth"
short_rate = 0.35            # rate on gains of lots held a year or less
long_rate = 0.15             # rate on gains of lots held longer
relief = "fifo"              # lots that a sale takes first; what your broker really does
"""

_PAPER = """\
[accounts.{name}.paper]
cash = {cash}                # base currency: what the pretended account starts with
tape = "us20"                # prices of twenty US stocks; or "synthetic:500"
"""

_MANUAL = """\
[accounts.{name}.manual]
folder = "{name}"            # positions and lots in, order tickets out
"""

_ALPACA = """\
[accounts.{name}.alpaca]
keys = "alpaca"              # secrets alpaca_key_id and alpaca_secret_key
feed = "iex"                 # quotes: "iex" is free, "sip" is paid and of all exchanges
"""

_IBKR = """\
[accounts.{name}.ibkr]
host = "127.0.0.1"           # where TWS or IB Gateway runs
port = 4002                  # its API port: 4002 is IB Gateway, 7497 TWS, for pretended money
client_id = 17               # a number of its own for each account and program
"""
