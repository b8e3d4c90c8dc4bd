"""Which schema this code reads and writes, and the marks by which a book is known."""

HEAD = "0006"
"""Newest migration. Versions are numbered in order, so that older and newer can be told apart."""

VERSION_TABLE = "book_version"
"""Where the migrations note which of them were done; its presence makes a database a book."""

APPLICATION_ID = 0x5472696D
"""``PRAGMA application_id`` of the embedded file: the letters Trim, as ``file`` shows them."""
