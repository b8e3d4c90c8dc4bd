"""What companies do to their shares, and what becomes of the lots.

Read ``nouns.py``, then ``apply.py`` (one action on all lots), then a rule each: ``splits.py``,
``spinoffs.py``, ``mergers.py``, ``capital.py``.
"""
