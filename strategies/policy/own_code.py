"""Code of the owner's own that says what to hold, or what to expect: which it is, and its means."""

from dataclasses import dataclass
from decimal import Decimal

Scalar = str | bool | int | Decimal
Setting = Scalar | tuple[Scalar, ...]
"""What the owner may set for his code."""


@dataclass(frozen=True, slots=True)
class OwnCode:
    """``reference`` is "file:my_strategy.py:weights", or the name of an installed entry point.

    ``parameters`` are handed to it by name. It may take ``seconds`` and ``memory_mib``, no more.
    """

    reference: str
    parameters: tuple[tuple[str, Setting], ...] = ()
    seconds: int = 10
    memory_mib: int = 4096

    @property
    def label(self) -> str:
        """What it is called in sentences."""
        return self.reference.removeprefix("file:")
