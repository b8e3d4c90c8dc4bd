"""The one mistake of this room: a number that no taxpayer can have."""

from decimal import Decimal


class BadTax(Exception):
    """A rate, an amount or a horizon that cannot be: ``what`` names it, ``remedy`` what helps."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Say which number is wrong, and what it may be."""
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def check(name: str, amount: Decimal, low: Decimal | None = None) -> None:
    """Raise ``BadTax`` unless ``amount`` is finite and not below ``low``."""
    if not amount.is_finite():
        raise BadTax(f"{name} is {amount}", "it is a number")
    if low is not None and amount < low:
        raise BadTax(f"{name} is {amount}", f"it is {low} or more")
