"""What the owner must do by hand beside a plan: name lots that the broker would not sell by itself.

Done in time, the sale is of the lots that the owner wants; else of those that the plan names, which
are what the broker really sells.
"""

from collections.abc import Iterable

from brokers.words import ZERO, Side
from strategies.lots.naming import Naming, sheet
from strategies.planned import Leg
from strategies.policy import Policy, TaxKind
from strategies.snapshot import Snapshot
from strategies.taxes import lots_sold, sale_today


def lots_to_name(legs: Iterable[Leg], snapshot: Snapshot, policy: Policy) -> tuple[str, ...]:
    """Which lots to name, a sentence a sale; nothing where the broker does as the owner wants."""
    tax = policy.tax
    if tax.kind is not TaxKind.TAXABLE or snapshot.relief is tax.relief:
        return ()
    namings = []
    for leg in legs:
        if leg.order.side is Side.SELL and leg.lots:
            holding = snapshot.holding(leg.order.symbol)
            quantity = sum((lot.quantity for lot in leg.lots), ZERO)
            wanted = lots_sold(holding, quantity, tax.relief, sale_today(holding, snapshot, tax))
            namings.append(Naming(leg.order.symbol, quantity, leg.lots, wanted))
    return sheet(namings, snapshot.relief, tax.relief, snapshot.session)
