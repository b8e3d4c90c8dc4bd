"""The household's verbs: ``location``, ``rmd``, ``gift`` and ``withdraw``. All of them advise.

Reading order: ``told`` and ``file`` (what a file tells), ``booked`` (what the book knows),
``gather`` (both together), ``options``, then a file for each verb.
"""

import typer

from bot.cli.household import gift, location, rmd, withdraw
from bot.cli.teach import teach


def add_to(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    teach(app, location.location, *location.EXAMPLES)
    teach(app, rmd.rmd, *rmd.EXAMPLES)
    teach(app, gift.gift, *gift.EXAMPLES)
    teach(app, withdraw.withdraw, *withdraw.EXAMPLES)
