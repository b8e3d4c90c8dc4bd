"""Accounts held where no program may trade: files in, order tickets out, fills typed or imported.

Read in this order: ``disk`` (how a file is written), ``sheet`` (a CSV file, line by line), ``row``
(a line's cells as values), ``identity`` (ids made of content), ``nouns`` (lines as nouns),
``folder`` (all files of an account), ``line`` (an order for a person), ``page`` (a ticket to
print), ``tickets`` (their files), ``importer`` (fills in from a broker's list), ``intake``
(lots, fills, cash and splits of a statement, all or nothing), ``broker`` (the seam).
"""
