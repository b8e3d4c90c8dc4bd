"""The client library, whichever of its two names is installed; nothing else imports it.

``ib_async`` is the living continuation of ``ib_insync`` and keeps its names. Of either only the
part that speaks the protocol is used: ``Client`` writes requests and its decoder reads answers.
What they mean is decided here, by ``ear``, for the library's own book-keeping adds a corrected
execution to the one it replaces, and takes any error about an order for the end of it.
"""

import asyncio
import logging
from typing import Any, TypeAlias

try:
    import ib_async as library
    from ib_async import client as protocol
except ImportError:
    _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)  # ib_insync asks for one as it is imported
    import ib_insync as library  # type: ignore[no-redef]
    from ib_insync import client as protocol  # type: ignore[no-redef]

    asyncio.set_event_loop(None)
    _loop.close()

NAME = library.__name__

log = logging.getLogger(NAME)
log.addHandler(logging.NullHandler())
log.propagate = False  # what it has to say is said here, in one line and with its remedy

Gateway: TypeAlias = Any
"""The library's client. It has no types of its own."""
Told: TypeAlias = Any
"""A record that the library has decoded: its fields have IB's names."""

make_client: Any = protocol.Client
Contract: Any = library.Contract
ExecutionFilter: Any = library.ExecutionFilter
Order: Any = library.Order
