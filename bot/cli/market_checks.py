"""Rows of ``trimtab check`` on a broker's market: is it open, does it quote, is it heard of?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cli.finding import Finding

if TYPE_CHECKING:
    from bot.config.settings import AccountConfig
    from bot.daemon.sessions import Sessions
    from brokers.broker import Broker
    from brokers.words import Quote, Symbol

ASKED = ("alpaca", "ibkr")
"""Brokers that quote over a line of their own; what others tell comes out of files."""
NAMES_MAX = 5
STREAM_SECONDS = 5.0
"""How long it may take until the broker's stream is listened to."""


def market_findings(
    account: "AccountConfig", broker: "Broker", sessions: "Sessions", now: datetime
) -> Iterator[Finding]:
    """What is to be known before an order can leave. Raises what a reading raises."""
    if account.broker.kind not in ASKED:
        return
    is_open = broker.clock().is_open
    yield _hours(sessions, now, is_open=is_open)
    names = [symbol for symbol, _ in account.policy.target.weights][:NAMES_MAX]
    if names:
        yield _quotes(names, list(broker.quotes(names).values()), is_open=is_open)
    if account.broker.kind == "alpaca" and broker.capabilities.pushes:
        yield _stream(broker)
    if names and account.broker.kind == "alpaca":
        yield from _quote_stream(broker, names[:1])


def _hours(sessions: "Sessions", now: datetime, *, is_open: bool) -> Finding:
    session = sessions.session_at(now)
    if is_open and session is not None:
        return Finding("ok", f"market: open until {session.closes:%H:%M} UTC")
    opens = sessions.next_session(now).opens
    return Finding("ok", f"market: closed; nothing is sent before it opens, {opens:%F %H:%M} UTC")


def _quotes(names: Sequence["Symbol"], quotes: Sequence["Quote"], *, is_open: bool) -> Finding:
    told = f"quotes: {len(quotes)} of {len(names)} names"
    if any(quote.delayed for quote in quotes):
        remedy = "subscribe the account to live market data; a late quote is not traded on"
        return Finding("warn", f"{told}, 15 minutes late", remedy)
    if is_open and len(quotes) < len(names):
        missing = sorted(set(names) - {quote.symbol for quote in quotes})
        remedy = "see whether the broker knows these names and lets this account see them"
        return Finding("warn", f"{told}; none of {', '.join(missing)}", remedy)
    return Finding("ok", told)


def _stream(broker: "Broker") -> Finding:
    """A stream that stands is news, and nothing else is while nothing is traded."""
    from brokers.broker import Pushes

    if isinstance(broker, Pushes) and broker.await_news(STREAM_SECONDS):
        return Finding("ok", "stream: listened to")
    remedy = "nothing is lost: orders are looked at every few seconds, as with stream = false"
    return Finding("warn", "stream: nobody answers at it", remedy)


def _quote_stream(broker: "Broker", names: "Sequence[Symbol]") -> Iterator[Finding]:
    """Whether quotes are streamed of what is being worked; a request tells them as well."""
    from brokers.broker import StreamsQuotes

    why = broker.unstreamed(names, STREAM_SECONDS) if isinstance(broker, StreamsQuotes) else None
    if why == "":
        yield Finding("ok", "quote stream: subscribed")
    elif why is not None:
        remedy = "nothing is lost: every quote is a request, as with quote_stream = false"
        yield Finding("warn", f"quote stream: {why}", remedy)
