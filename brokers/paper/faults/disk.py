"""The exchange has a disk of its own: where that of this machine is full, it goes on writing."""

import resource
from collections.abc import Callable
from typing import Any


class OtherDisk:
    """The exchange has a disk of its own, which is never full."""

    def __init__(self, inner: object) -> None:
        """Stand before ``inner``."""
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the seam has
        found = getattr(self._inner, name)
        return _with_room(found) if callable(found) else found


def _with_room(act: Callable[..., object]) -> Callable[..., object]:
    def spared(*given: object, **named: object) -> object:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        if before[0] == resource.RLIM_INFINITY:
            return act(*given, **named)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, before[1]))
        try:
            return act(*given, **named)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return spared
