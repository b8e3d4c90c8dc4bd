"""Alpaca through its own client library: the only room of alpaca-py and requests.

Reading order: ``broker`` (the seam, call by call), ``orders`` (one order from key to end),
``history``, ``ledger`` and ``corrections`` (what happened), ``market`` (quotes, bars, assets),
``stream`` and ``ticker`` on a ``lifeline`` (what Alpaca says unasked), ``wire`` (one HTTP exchange:
in time, once, exact), ``trouble`` (their errors in our words), ``fields`` (their JSON
in our types), ``identity`` (which account, which money), ``pace`` (requests a minute).
"""
