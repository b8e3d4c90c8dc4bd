"""``trimtab whatif``: the plan's own problem asked again, with one thing changed at a time.

Nothing here trades, and nothing is written into the book. Reading order: ``account`` (look, write
nothing), ``case`` (what is asked about), ``changes`` and ``shocks_file`` (what the caller changes),
``answer`` (the work), ``verb``.
"""

from bot.cli.whatif.verb import add_to

__all__ = ["add_to"]
