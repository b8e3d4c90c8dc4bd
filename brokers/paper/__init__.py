"""The embedded paper exchange: real matching on a tape of quotes, in a file that outlives us.

Read in this order: ``tape`` (where quotes come from), ``records`` (what is written down),
``exchange`` (what is refused, what fills), ``advance`` (from one moment to a later one),
``ledger`` (the SQLite file), ``standing`` (what the file adds up to), ``broker`` (the seam).
``model``, ``daily``, ``us20`` and ``synthetic`` are tapes made of daily closes.
"""
