"""The household's trades from files and from the book, and its ledger at any moment.

Read ``trades.py`` (a file, line by line), ``merge.py`` (files that overlap), ``from_book.py`` (what
the book has of the accounts) and ``moved.py`` (shares that left one of them); then ``gather.py``
and ``work.py`` (the ledger over all of it), ``forgiving.py`` (the same where something is bad),
``market.py`` (orders that may still fill), ``looks.py`` (how sure it is) and ``kin.py``, which
plans and the gate ask.
"""
