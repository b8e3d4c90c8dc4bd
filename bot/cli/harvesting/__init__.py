"""``trimtab harvest``: what would be sold at a loss today, and what may be bought or sold when.

Reading order: ``home`` (every account's trades as one household), ``substitutes`` (the owner's
list), ``look`` (the account now), ``answer``, ``verb``. Nothing here trades.
"""

from bot.cli.harvesting.verb import add_to

__all__ = ["add_to"]
