"""Lots and what is sold of them, while the ledger is worked out.

These change as the days go by; nothing of them leaves the room. A lot has shares that have replaced
none so far, all alike (``fresh``), and parts that each took up a loss. Of one lot the parts that
took up a loss are sold first, in the order in which they did.
"""

from collections import deque
from collections.abc import Callable, Iterator

from strategies.washes.nouns import TAXABLE, Disposal, OpenLot, Trade
from strategies.washes.units import Scale, part_of

LAST = 1 << 62
"""The place of fresh shares among the parts of their lot."""


class Part:
    """Shares of one lot with one basis a share, held since one day."""

    __slots__ = ("basis", "held", "quantity", "turn")

    def __init__(self, quantity: int, basis: int, held: int, turn: int) -> None:
        """Units, money, ordinal of a day, and its turn among the parts of its lot."""
        self.quantity = quantity
        self.basis = basis
        self.held = held
        self.turn = turn

    @property
    def is_fresh(self) -> bool:
        """Whether its shares have replaced none so far."""
        return self.turn == LAST

    def take(self, quantity: int) -> int:
        """Take out ``quantity`` units; the basis that goes with them."""
        basis = part_of(self.basis, quantity, self.quantity)
        self.quantity -= quantity
        self.basis -= basis
        return basis


class Lot:
    """A buy, and what is left of it. ``place`` is its number in the order of purchase."""

    __slots__ = (
        "account",
        "day",
        "fresh",
        "kind",
        "name",
        "parts",
        "place",
        "purchase",
        "scale",
        "shelve",
        "symbol",
        "turns",
        "waiting",
    )

    def __init__(
        self, bought: Trade | OpenLot | Disposal, purchase: str, day: int, scale: Scale
    ) -> None:
        """Nothing in it so far."""
        self.account = bought.account
        self.kind = bought.kind
        self.symbol = bought.symbol
        self.name = bought.lot
        self.purchase = purchase
        self.day = day
        self.scale = scale
        self.place = 0
        self.turns = 0
        self.fresh = Part(0, 0, day, LAST)
        self.parts: deque[Part] = deque()
        self.shelve: Callable[[Lot, Part], None] | None = None
        self.waiting: list[Sold] = []

    @property
    def is_taxable(self) -> bool:
        """Whether a loss can move into its basis."""
        return self.kind == TAXABLE

    @property
    def is_spent(self) -> bool:
        """Whether nothing in it can replace a share any more."""
        return not self.fresh.quantity and not any(sold.part.is_fresh for sold in self.waiting)

    def next_turn(self) -> int:
        """The turn of a part that takes up a loss now."""
        self.turns += 1
        return self.turns

    def add_part(self, part: Part) -> None:
        """Keep shares that have just taken up a loss."""
        self.parts.append(part)
        if self.shelve is not None:
            self.shelve(self, part)

    def held(self) -> Iterator[Part]:
        """What is left, in the order in which a sale takes it."""
        while self.parts and not self.parts[0].quantity:
            self.parts.popleft()
        yield from (part for part in self.parts if part.quantity)
        if self.fresh.quantity:
            yield self.fresh


class Sale:
    """A sale: ordinal of its day, and its place among all sales."""

    __slots__ = ("day", "place")

    def __init__(self, day: int, place: int) -> None:
        """Both numbers."""
        self.day = day
        self.place = place


class Sold:
    """Shares of one lot that a sale takes: basis, proceeds, and what became of a loss."""

    __slots__ = ("disallowed", "lost", "lot", "moves", "part", "proceeds", "rest", "sale")

    def __init__(self, sale: Sale, lot: Lot, part: Part, proceeds: int) -> None:
        """As it was sold, before any loss is looked at."""
        self.sale = sale
        self.lot = lot
        self.part = part
        self.proceeds = proceeds
        self.disallowed = 0
        self.lost = 0
        self.rest = 0
        self.moves: list[tuple[Lot, int, int]] = []

    @property
    def gain(self) -> int:
        """Proceeds less basis, in money."""
        return self.proceeds - self.part.basis

    @property
    def is_loss(self) -> bool:
        """Whether it is a loss that counts for tax: inside an IRA there is none."""
        return self.lot.is_taxable and self.gain < 0

    @property
    def order(self) -> tuple[int, int, int]:
        """Its turn among the losses of its day: that of the purchase (26 CFR 1.1091-1(b))."""
        return self.lot.place, self.part.turn, self.sale.place

    def take(self, quantity: int) -> tuple[int, int]:
        """Take out ``quantity`` units; the basis and the proceeds that go with them."""
        proceeds = part_of(self.proceeds, quantity, self.part.quantity)
        self.proceeds -= proceeds
        return self.part.take(quantity), proceeds
