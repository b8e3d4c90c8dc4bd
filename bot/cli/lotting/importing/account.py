"""Files into an account of the config: into its folder, or into the book."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.cli.lotting.importing.gathered import Asked, Gathered, Show, gather
from bot.cli.lotting.importing.told import Done, LotsImport, document, rows_of
from bot.cli.lotting.importing.whose import Which, of_account
from bot.importers.nouns import BadImport
from bot.importers.settle import Only, Settled, pictured, settle
from brokers.settings import ManualSettings
from brokers.words import USD
from strategies.lots import TRADE_ZONE

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.config.settings import AccountConfig

OPENING = "opening:"
"""How the records begin that the first look made."""


def into_account(  # what comes, where to, when, and who looks
    one: "AccountConfig",
    book: "Book | None",
    asked: Asked,
    now: datetime,
    show: Show,
    *,
    preview: bool,
) -> LotsImport:
    """Take the files in. Raises ``BadImport``; nothing is then written."""
    by_hand = one.broker if isinstance(one.broker, ManualSettings) else None
    base = by_hand.base if by_hand else USD
    gathered = gather(asked, now.astimezone(TRADE_ZONE).date(), show, base)
    known = [str(one.account), *([one.live_account] if one.live_account else [])]
    notes: list[str] = []
    # Lots for a broker that is spoken to are told by the one that the shares came from.
    is_known = one.live_account is not None and by_hand is not None
    which = Which(tuple(known), asked.number, is_known=is_known)
    items = of_account(gathered.items, which, notes)
    only = asked.only if by_hand else Only.LOTS
    settled = settle(items, only)
    if by_hand is None:
        done = _to_book(one, book, settled, gathered, preview=preview)
    else:
        done = _by_hand(one, book, settled, (now, pictured(items)), preview=preview)
    return document(str(one.account), done, gathered, (*notes, *settled.notes), written=not preview)


def _to_book(
    one: "AccountConfig",
    book: "Book | None",
    settled: Settled,
    gathered: Gathered,
    *,
    preview: bool,
) -> Done:
    """An account whose broker is spoken to: lots for what came without a basis, and no more."""
    from bot.cli.lotting.importing.into_book import booked, has_blank, into_book

    if not any(lot.kind.value == "lot" for lot in settled.lots):
        files = ", ".join(read.file for read in gathered.files)
        raise BadImport(
            [f"{files}: no lots with a basis, and {one.account} takes nothing else from a file"],
            f"its trades and cash are its broker's ({one.broker.kind}) to tell: choose a report "
            "with the lots that are open",
        )
    has = None if book is None else booked(book, one.account, one.policy.tax)
    if book is None or has is None or not has_blank(has):
        raise BadImport(
            [f"{one.account}: nothing came into it without a basis, so there is nothing to import"],
            f"trimtab lots {one.account} shows its lots; if it was never looked at: trimtab plan",
        )
    return into_book(settled, has, book, preview=preview)


def _by_hand(
    one: "AccountConfig",
    book: "Book | None",
    settled: Settled,
    at: tuple[datetime, Mapping[str, Decimal]],
    *,
    preview: bool,
) -> Done:
    """An account kept by hand: its files; after the first look lots go into the book."""
    from bot.cli.lotting.importing.into_book import booked, parts
    from bot.cli.lotting.importing.into_folder import Folder, into_folder

    assert isinstance(one.broker, ManualSettings), "it was looked at before"
    looked = None if book is None else first_look(book, one)
    into = Folder(one.broker.folder, one.broker.base, one.policy.tax, looked, *at)
    if book is None or looked is None or not settled.lots:
        return into_folder(settled, into, preview=preview)
    notes: list[str] = []
    new, known = parts(settled.lots, booked(book, one.account, one.policy.tax), notes)
    done = into_folder(settled, into, preview=True)
    if not preview:
        book.record(one.account, (), (), new, ())
        done = into_folder(settled, into, preview=False)
    rows = (*rows_of(new), *done.new)
    at_all = (*notes, *done.notes)
    return Done("folder" if done.new else "book", done.path, rows, known + done.known, at_all)


def first_look(book: "Book", one: "AccountConfig") -> datetime | None:
    """When the book first looked at the account; None where it never did."""
    last = book.last_tieout(one.account)
    if last is None:
        return None
    opened = [
        *(t.time for t in book.transfers(one.account) if t.transfer_id.startswith(OPENING)),
        *(f.time for f in book.cash_flows(one.account) if f.flow_id.startswith(OPENING)),
    ]
    seen = [row.time for row in book.nav_history(one.account)[:1]]
    return min([*opened, *seen, last.time])
