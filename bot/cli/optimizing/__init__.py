"""The solver as a tool of its own: ``trimtab optimize PROBLEM.json``, for checking and for use.

Reading order: ``verb``, ``document`` (text into arrays), ``search`` (which side, and the solve),
``answer`` (everything checked again), ``face`` (the answer for a script and for a person).
"""

from bot.cli.optimizing.verb import add_to

__all__ = ["add_to"]
