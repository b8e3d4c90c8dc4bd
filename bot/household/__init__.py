"""The household's trades from files and from the book: what the ledger of wash sales is made from.

Read ``trades.py`` (a file, line by line), ``merge.py`` (files that overlap), ``from_book.py`` (what
the book has of the accounts) and ``moved.py`` (shares that left one of them).
"""
