"""What leaves the accounts: required minimum distributions, gifts in kind, and withdrawals.

Read ``people.py`` (owners and what they have), ``tables.py`` with ``mortality.py`` (life
expectancies), ``required.py``; then ``lots.py``, ``gifts.py``; then ``sources.py``, ``netted.py``
and ``withdraw.py`` (cash at the least tax over all years). All of it advises: nothing is sold here.
"""
