"""From what the config says to a broker: the only room that opens an adapter.

Each adapter is imported where it is opened, so a library that is not needed is never loaded.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, assert_never

from brokers.broker import Broker, Misconfigured
from brokers.settings import (
    AlpacaSettings,
    BrokerSettings,
    IbkrSettings,
    ManualSettings,
    PaperSettings,
)
from brokers.words import AccountId, Session

if TYPE_CHECKING:
    from brokers.alpaca.broker import AlpacaBroker
    from brokers.ibkr.broker import IbkrBroker
    from brokers.paper.broker import PaperBroker
    from brokers.paper.faults.broker import Faulty
    from brokers.paper.faults.schedule import Fault
    from brokers.paper.tape import Tape
    from brokers.paper.venue import PaperOptions

NAMES_MAX = 99_999
"""Of a synthetic market: more would be a mistake."""

Now = Callable[[], datetime]
SessionAt = Callable[[datetime], Session | None]
"""The exchange's session that is open at a moment, or None."""
Reveal = Callable[[str], str]
"""The secret of a name."""


def no_secrets(name: str) -> str:
    """For brokers that need none."""
    raise Misconfigured(f"the secret {name} is not at hand", f"set TRIMTAB_SECRET_{name.upper()}")


def open_broker(
    account: AccountId,
    settings: BrokerSettings,
    now: Now,
    session_at: SessionAt,
    reveal: Reveal = no_secrets,
) -> Broker:
    """The broker of ``account``. Raises ``Misconfigured`` where it cannot be opened."""
    match settings:
        case PaperSettings():
            return open_paper(account, settings, now, session_at, reveal)
        case ManualSettings():
            from brokers.manual.broker import ManualBroker

            return ManualBroker(settings, account, now)
        case AlpacaSettings():
            return open_alpaca(account, settings, now, reveal)
        case IbkrSettings():
            return open_ibkr(account, settings, now, session_at, reveal)
        case _:
            assert_never(settings)


def open_paper(
    account: AccountId,
    settings: PaperSettings,
    now: Now,
    session_at: SessionAt,
    reveal: Reveal = no_secrets,
) -> "PaperBroker":
    """An account at the embedded exchange; it also takes deposits."""
    from brokers.paper.broker import PaperBroker
    from brokers.paper.tape import MarketTape

    if settings.quotes_of is None:
        tape: Tape = _tape(settings)
    else:
        followed = settings.quotes_of
        if isinstance(followed, IbkrSettings):
            followed = replace(followed, reads_only=True)
        tape = MarketTape(open_broker(account, followed, now, session_at, reveal))
    return PaperBroker(settings.ledger, tape, now, session_at, account, _options(settings))


def _options(settings: PaperSettings) -> "PaperOptions":
    from brokers.paper.standing import AccountKind
    from brokers.paper.venue import PaperOptions

    return PaperOptions(
        cash=settings.cash,
        base=settings.base,
        latency_ms=settings.latency_ms,
        participation=settings.participation,
        fractional=settings.fractional,
        kind=AccountKind.MARGIN if settings.is_margin else AccountKind.CASH,
        settlement_days=settings.settlement_days,
    )


def open_faulty(
    account: AccountId,
    settings: PaperSettings,
    now: Now,
    session_at: SessionAt,
    faults: "Sequence[Fault]",
) -> "Faulty":
    """An account at the embedded exchange on its bad days: ``faults`` say which, and when."""
    from brokers.paper.broker import PaperBroker
    from brokers.paper.faults.broker import Faulty
    from brokers.paper.faults.tape import BentTape

    tape = BentTape(_tape(settings))
    exchange = PaperBroker(settings.ledger, tape, now, session_at, account, _options(settings))
    return Faulty(exchange, tape, now, session_at, faults)


def open_alpaca(
    account: AccountId, settings: AlpacaSettings, now: Now, reveal: Reveal
) -> "AlpacaBroker":
    """An account at Alpaca, at the pace that Alpaca grants it."""
    try:
        from brokers.alpaca.broker import AlpacaBroker
        from brokers.alpaca.pace import Pace, Timing
    except ImportError as exc:
        raise Misconfigured(
            f"the library of Alpaca does not load: {exc}", "run: pip install alpaca-py"
        ) from exc

    def pace() -> Pace:
        return Pace(settings.requests_per_minute, time.monotonic, Event().wait)

    return AlpacaBroker(settings, account, Timing(now, time.monotonic, pace), reveal)


def open_ibkr(
    account: AccountId,
    settings: IbkrSettings,
    now: Now,
    session_at: SessionAt,
    reveal: Reveal = no_secrets,
) -> "IbkrBroker":
    """An account at Interactive Brokers, through TWS or IB Gateway."""
    try:
        from brokers.ibkr.broker import IbkrBroker
        from brokers.ibkr.link import Timing
    except ImportError as exc:
        raise Misconfigured(
            f"the library of Interactive Brokers does not load: {exc}", "run: pip install ib_async"
        ) from exc

    return IbkrBroker(settings, account, Timing(now, time.monotonic), session_at, reveal)


def _tape(settings: PaperSettings) -> "Tape":
    """The market that ``settings`` names."""
    from brokers.paper.synthetic import synthetic_tape
    from brokers.paper.us20 import us20_tape

    match settings.tape.split(":"):
        case ["us20"]:
            return us20_tape(settings.seed)
        case ["synthetic", names] if names.isdecimal() and 0 < int(names) <= NAMES_MAX:
            return synthetic_tape(int(names), settings.seed)
        case _:
            raise Misconfigured(
                f"there is no tape {settings.tape!r}",
                'name "us20", or "synthetic:" and a number of names up to 99999',
            )
