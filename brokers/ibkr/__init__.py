"""Interactive Brokers through TWS or IB Gateway: the only room of ib_async.

Reading order: ``broker`` (the seam, call by call), ``orders`` (one order from key to end) with
``register`` and ``fates`` (what is known of all of them, and what it comes to), ``executions`` and
``ledger``, ``account`` (cash and positions), ``contracts``, ``prices`` and ``bars`` (what is
listed, and at what price), ``flex``, ``statement`` and ``actions`` (what happened before today,
from IB's statements); below them ``link`` (the connection, a thread of its own), ``ear`` (what TWS
says), ``state`` (whether it can be believed), ``errors`` and ``trouble`` (what each code means),
``pace``, ``hours``, ``identity``, ``fields`` and ``library``.
"""
