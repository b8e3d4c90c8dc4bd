"""How a connection to TWS begins and ends, and why it did not begin."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from brokers.broker import Misconfigured, Unreachable
from brokers.ibkr.library import Gateway
from brokers.ibkr.trouble import ALLOW, START, TAKEN
from brokers.settings import IbkrSettings

IN_USE = 326
TOO_OLD = {503, 506}
RETRIES = 3
"""How often a client id that is in use is asked for."""
READER = 100_000
"""How far above its own client id a program connects that only reads."""
READERS = 3
"""How many such programs there may be at once for one account."""


async def greet(client: Gateway, settings: IbkrSettings, client_id: int) -> None:
    """Wait for TWS's greeting, or until it hangs up: the library would wait on."""
    gone = asyncio.Event()

    def hung_up(_: str) -> None:
        gone.set()

    client.conn.disconnected += hung_up
    greeting = asyncio.create_task(
        client.connectAsync(settings.host, settings.port, client_id, settings.timeout_seconds)
    )
    leaving = asyncio.create_task(gone.wait())
    try:
        await asyncio.wait({greeting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not greeting.done():
            raise ConnectionResetError("TWS hung up")
        greeting.result()
    finally:
        client.conn.disconnected -= hung_up
        await ended(greeting, leaving)


def client_ids(settings: IbkrSettings) -> list[int]:
    """The client ids to try, one after the other.

    The account's own is asked for several times: after a restart TWS keeps it a while. Where it
    stays in use, another program trades, and this one can read beside it.
    """
    readers = [settings.client_id + READER + number for number in range(READERS)]
    return readers if settings.reads_only else [settings.client_id] * RETRIES + readers


def why_not(settings: IbkrSettings, codes: Mapping[int, str], exc: Exception) -> Exception:
    """Why there is no connection, in a sentence with its remedy."""
    where = f"{settings.host}:{settings.port}"
    if IN_USE in codes:
        return Unreachable(f"client id {settings.client_id} is in use at {where}", TAKEN)
    if old := codes.keys() & TOO_OLD:
        return Misconfigured(f"TWS at {where}: {codes[min(old)]}", "update TWS or IB Gateway")
    if isinstance(exc, ConnectionRefusedError):
        return Unreachable(f"nobody listens at {where}", START)
    if isinstance(exc, TimeoutError):
        return Unreachable(f"TWS does not greet us at {where}", ALLOW)
    return Unreachable(f"no connection to {where}: {type(exc).__name__}", START)


def hang_up(client: Gateway) -> None:
    """Close a socket that may be half open; what it has not sent yet must never go out."""
    if client.conn.transport is not None:
        client.conn.transport.abort()
    with suppress(OSError, RuntimeError):
        client.disconnect()


async def ended(*tasks: "asyncio.Task[Any]") -> None:
    """End what is still under way, and take note of how the rest ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
