"""The paper exchange on its bad days: every fault that we have read of, drawn from a seed.

Read in this order: ``kinds`` (the table), ``schedule`` (which ones strike when), ``strike`` (one of
them at work), ``acts`` (what becomes of orders and cancellations), ``answers`` and ``prices`` (what
is told instead of the truth), ``record`` (what really happens to the account), ``tape`` (splits,
new names and halts), ``broker`` (the seam). The exchange itself is the real one, and its ledger.
"""
