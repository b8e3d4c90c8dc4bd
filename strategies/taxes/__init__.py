"""What is owed on gains, and what a loss is worth: US federal law, state rates beside it.

Read ``rates.py`` (a taxpayer), ``term.py``, ``netting.py`` (a year), ``deferral.py`` (what a
harvest and what waiting is worth); then ``dividends.py`` and ``estimated.py``. ``today.py`` is
what a plan asks: the tax on a sale now. Another country's law would be another room like this one.
"""

from strategies.taxes.errors import BadTax
from strategies.taxes.today import CENT, forfeited, ladder, lots_sold, per_share, sale_today, tax_on

__all__ = [
    "CENT",
    "BadTax",
    "forfeited",
    "ladder",
    "lots_sold",
    "per_share",
    "sale_today",
    "tax_on",
]
