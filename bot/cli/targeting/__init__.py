"""``trimtab targets`` and ``trimtab frontier``: what to hold, from files or for an account.

Nothing here trades, and no plan is kept. Reading order: ``wanted`` (what the
caller asks for). From files: ``grids`` (numbers out of CSV), ``given`` (joined by name),
``strategies`` (one function each), ``own`` (the caller's own code), ``solved`` (figures). For an
account: ``overrides`` (what the caller changes of its recipe), ``look`` (as it is now), ``target``
and ``place`` (the work). ``frontier`` serves both. Then ``written`` (files and pictures), ``told``
(how far it is), and the verbs: ``verb``, ``frontier_verb``.
"""

from bot.cli.targeting.verb import add_to

__all__ = ["add_to"]
