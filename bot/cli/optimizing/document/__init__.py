"""The problem as JSON text, read into arrays; everything that is wrong with it is named at once.

Lengths, signs and indices are judged here, where their place in the document is known. ``current``
says how many names there are. docs/optimize-json.md is the reference.

Reading order: ``asked`` (what comes out), ``whole`` (the order of reading), ``reading`` (numbers,
lists and tables, each judged with its place), then by theme ``risk``, ``lots``, ``limits``,
``beyond`` (what only the cone solver takes) and ``shares``.
"""

from bot.cli.optimizing.document.asked import Asked
from bot.cli.optimizing.document.limits import GROUP_KEYS
from bot.cli.optimizing.document.reading import BadDocument
from bot.cli.optimizing.document.whole import OPTIONAL, REQUIRED, clashes, read

__all__ = ["GROUP_KEYS", "OPTIONAL", "REQUIRED", "Asked", "BadDocument", "clashes", "read"]
