"""Wash sales of a household: which losses 26 U.S.C. 1091 takes away, and where they go.

Read ``nouns.py``, then ``ledger.py`` (a day of sales), ``matching.py`` (a loss and what replaces
it), then ``queries.py`` (what a sale or a buy of today would do to a loss).
"""
