"""``trimtab lots``: the open lots of the accounts, by themselves and in the household's ledger.

Nothing here trades, and nobody is asked: all of it is in the book.
"""

from bot.cli.lotting.verb import add_to

__all__ = ["add_to"]
