"""Files into the file of an account that is held elsewhere, and that the config does not know."""

from datetime import datetime
from pathlib import Path

from bot.cli.lotting.importing.gathered import Asked, Show, gather
from bot.cli.lotting.importing.into_file import File, into_file, with_basis
from bot.cli.lotting.importing.told import LotsImport, document
from bot.cli.lotting.importing.whose import Which, of_account
from bot.importers.settle import settle
from bot.importers.trades_file import Whose
from strategies.lots import TRADE_ZONE


def into_elsewhere(  # what comes, whose it is, where to, when, and who looks
    asked: Asked,
    whose: tuple[str, str],
    path: Path,
    now: datetime,
    show: Show,
    *,
    preview: bool,
) -> LotsImport:
    """Take the files in; ``whose`` is the owner's name of the account, and its kind."""
    account, kind = whose
    today = now.astimezone(TRADE_ZONE).date()
    gathered = gather(asked, today, show)
    notes: list[str] = []
    items = of_account(gathered.items, Which((), asked.number), notes)
    settled = settle(items, asked.only)
    into = File(path, Whose(account, kind), today, with_basis(items))
    done = into_file(settled, into, preview=preview)
    every = (*notes, *settled.notes)
    return document(account, done, gathered, every, written=not preview)
