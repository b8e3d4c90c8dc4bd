"""``trimtab harvest``: what would be sold at a loss today, and what may be bought or sold when.

Reading order: ``substitutes`` (the owner's list), ``asked`` (wishes of config and command line),
``look`` (the account and its household now), ``answer``, ``verb``. Nothing here trades.
"""

from bot.cli.harvesting.verb import add_to

__all__ = ["add_to"]
