"""``trimtab risk``: how much an account can lose, and whose risk it is.

Nothing here trades, and no plan is kept. Reading order: ``positions`` (what is held, of which
moment), ``benchmark``, ``priced`` (past prices of all of it), ``whose``, ``beside``, ``limits`` and
``regime`` (parts of the answer), ``answer`` (the work), ``look`` (an account from the first to the
last of these), ``seen`` and ``shown`` (for the eye), ``verb``.
"""

from bot.cli.risking.verb import add_to

__all__ = ["add_to"]
