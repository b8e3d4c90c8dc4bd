"""``trimtab tax``: what was sold, which losses count, and where the others went.

Reading order: ``answer`` (files to a statement), ``verb``. Nothing here trades.
"""

from bot.cli.taxing.verb import add_to

__all__ = ["add_to"]
