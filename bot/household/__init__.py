"""The household's trades from files: what the ledger of wash sales is worked out from.

Read ``trades.py`` (a file, line by line), then ``merge.py`` (files that overlap).
"""
