"""What companies do to their shares, and what becomes of the lots.

The nouns are in ``brokers/words/actions.py``. Read ``told.py`` (which of all that was told holds),
then ``apply.py`` (one action on all lots), then a rule each: ``shares.py`` (splits), ``several.py``
(two of one day), ``spinoffs.py``, ``mergers.py``, ``capital.py``.
"""
