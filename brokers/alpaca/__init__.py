"""Alpaca through its own client library: the only room of alpaca-py and requests.

Reading order: ``broker`` (the seam, call by call), ``orders`` (one order from key to end),
``history`` and ``ledger`` (what happened), ``market`` (quotes, bars, assets), ``wire`` (one HTTP
exchange: in time, once, exact), ``trouble`` (their errors in our words), ``fields`` (their JSON
in our types), ``identity`` (which account, which money), ``pace`` (requests a minute).
"""
