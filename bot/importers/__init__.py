"""Statements of brokers as nouns of ours: positions, lots, trades, cash, each with its place.

Read in this order: ``nouns`` (what comes out), ``text`` (bytes as text), ``cells`` (numbers and
days as brokers write them), ``sheets`` (tables in a CSV file, past preambles and footers), ``rows``
(a row as an item), a format each: ``own``, ``flex``, ``alpaca``, ``ofx``, ``schwab``, ``fidelity``,
``vanguard``, ``ibkr_csv``, ``mapping``; ``formats`` (which is which), ``sound`` (what cannot be
true), ``merge`` (files that overlap), ``settle`` (lots beside the trades that made them),
``trades_file`` (the file of ``trimtab tax --trades``) and ``basis`` (lots for what came without).
Nothing here opens a broker or a book; nothing is guessed: one bad row gives nothing at all.
"""
