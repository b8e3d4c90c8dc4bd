"""Asset location: what to hold in which account, so that most is left after all tax.

A household has one mix and several accounts, and each account taxes differently. Read ``nouns.py``,
``growth.py`` (what a dollar becomes by the horizon, in each kind of account), ``program.py`` (a
linear program, solved and certified in exact arithmetic), ``rows.py`` (the mix and the accounts as
such a program) and ``place.py``.
"""

from strategies.location.growth import Factors, factors
from strategies.location.nouns import Account, Asset, Home, Payer, Position, Weighting
from strategies.location.place import Placed, place

__all__ = [
    "Account",
    "Asset",
    "Factors",
    "Home",
    "Payer",
    "Placed",
    "Position",
    "Weighting",
    "factors",
    "place",
]
