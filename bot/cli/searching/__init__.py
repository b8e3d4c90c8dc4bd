"""``trimtab watch`` and ``trimtab stop-search``, and the progress bar of every verb that searches.

``words`` says how a search goes, ``bar`` shows it on a terminal, ``interrupts`` makes the first
Ctrl-C stop the search and not the verb, ``verbs`` are the verbs.
"""

from bot.cli.searching.verbs import add_to

__all__ = ["add_to"]
