"""The table ``[accounts.NAME.harvest]``: which losses are worth taking."""

from decimal import Decimal
from typing import Annotated

from bot.config.kinds import AMOUNT_MAX, SHARE_UNIT, Share, Yes
from bot.config.table import Table
from bot.config.values import Is, Number
from strategies.policy.taxpayer import HarvestPolicy

NEVER = "never"
_HARVEST = HarvestPolicy()
Dollars = Annotated[Decimal, Is(Number("0", AMOUNT_MAX, "USD"))]
Yearly = Annotated[Decimal, Is(Number("-0.5", "1", f"{SHARE_UNIT} a year"))]


class HarvestTable(Table):
    """Losses that are taken for the tax they save. Only in a taxable account.

    It is on as soon as the table is there. Substitutes are those of the household.
    """

    enabled: Yes = True
    """Whether losses are harvested."""
    horizon_years: Annotated[
        Decimal | None, Is(Number("0", "100", "years", off=True, word=NEVER))
    ] = _HARVEST.horizon_years
    """When the substitute is sold, and the tax on its lower basis comes; "never" at death."""
    growth: Yearly = _HARVEST.growth
    """What the tax saved earns until then."""
    discount: Yearly = _HARVEST.discount
    """What tax that comes later is discounted by."""
    min_usd: Dollars = _HARVEST.net_min
    """Least that a sale nets after all costs; less is not worth a trade."""
    min_fall: Share = _HARVEST.fall_min
    """Least fall of what is sold, as a share of its basis."""
    swap_back: Yes = _HARVEST.swap_back
    """Whether the original may come back after 31 days, where that pays."""
    gains_max: Annotated[Decimal | None, Is(Number("0", AMOUNT_MAX, "USD a year", off=True))] = (
        _HARVEST.gains_max
    )
    """Most net gain that plans may realise in a year."""
