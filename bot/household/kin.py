"""The accounts of one household, asked at any moment what wash sales have to do with them.

Every order asks before it leaves. The book only grows, so one small question tells whether
anything is new in it: the ledger is worked out again only where trades were added, a file was
changed, or the day is another; open orders are read again where one was added or ended.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.household.before import Firsts, Untold, firsts_at, untold
from bot.household.forgiving import Unusable, work_out_usable
from bot.household.looks import Unsure, doubts_in, looks_at, unsure_of
from bot.household.market import Plans, is_changed, open_orders
from bot.household.named import unsure_lots
from bot.household.outside import Looks, outside_of
from bot.household.work import Before, Rules, Worked, day_of, work_out
from brokers.words import AccountId, Relief
from strategies.policy import TaxKind
from strategies.washes.home import Home, Unseen
from strategies.washes.nouns import BUY, SELL, Trade

if TYPE_CHECKING:
    from bot.book.book import Book
    from bot.book.mark import Mark
    from bot.config.settings import AccountConfig, Config, HouseholdSettings

Stamp = tuple[int, int] | None
"""When a file was changed, and its length; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Known:
    """The household at one moment, and what is to be told of how it was put together."""

    home: Home
    notes: tuple[str, ...]
    today: date
    unusable: tuple[str, ...] = ()
    """Files, and accounts' records, that were left out, and why; each is a doubt too."""


@dataclass(slots=True)
class Remembered:
    """What was read and worked out last, and where book and files stood then."""

    mark: "Mark"
    stamps: tuple[Stamp, ...]
    today: date
    worked: Worked
    doubts: tuple[Unusable, ...]
    unsure: Mapping[tuple[str, str], str]
    orders: tuple[Trade, ...]
    looks: Looks
    firsts: Firsts = field(default_factory=dict)
    said: tuple[Unsure, ...] = ()
    known: Known | None = None


@dataclass(slots=True, eq=False)
class Kin:
    """One household: its settings, its accounts, and the book that has them.

    Nothing is read before the first question. One that is ``strict`` raises ``BadTrades`` or
    ``BadLots`` for what cannot be used, in place of leaving it out.
    """

    settings: "HouseholdSettings"
    accounts: "tuple[AccountConfig, ...]"
    book: "Book"
    strict: bool = False
    _last: Remembered | None = None
    _plans: Plans = field(default_factory=dict)
    _before: Before = field(default_factory=Before)

    def home(self, now: datetime) -> Home:
        """The household now. What cannot be used is left out, and is a doubt in it.

        It is the same object as long as nothing is new.
        """
        return self.known(now).home

    @property
    def notes(self) -> tuple[str, ...]:
        """What was to be told of it when it was last asked."""
        known = self._last and self._last.known
        return known.notes if known else ()

    def known(self, now: datetime) -> Known:
        """The household now, and what is to be told of it."""
        last = self._last = self._read(now)
        said = tuple(unsure_of(last.looks, now))
        if last.known is None or last.said != said:
            unusable = tuple(one.why for one in last.doubts)
            home = Home(
                ledger=last.worked.household,
                buys=tuple(one for one in last.orders if one.side == BUY),
                sells=tuple(one for one in last.orders if one.side == SELL),
                unsure=last.unsure,
                doubts=(*unusable, *doubts_in(said)),
                fund_gains=last.worked.held.book.fund_gains,
                outside=outside_of(last.worked.household, last.looks, last.today),
                unseen=() if self.settings.buys_in_doubt else tuple(self._unseen(last, said)),
            )
            notes = (*last.worked.notes, *unusable, *(one.words for one in said))
            notes += tuple(_said_of_first(one) for one in self._untold(last) if one.is_first_look)
            last.said, last.known = said, Known(home, notes, last.today, unusable)
        return last.known

    def _unseen(self, last: Remembered, said: Iterable[Unsure]) -> Iterator[Unseen]:
        """Accounts that may have taken a loss that nobody knows of: in an IRA there is none."""
        taxable = {str(a.account) for a in self.accounts if a.policy.tax.kind is TaxKind.TAXABLE}
        for left_out in last.doubts:
            if left_out.account in {"", *taxable}:
                yield Unseen(left_out.account, left_out.why)
        ledger = last.worked.household
        for one in said:
            if one.is_doubt and one.account in taxable:
                held = (lot.symbol for lot in ledger.open_lots if lot.account == one.account)
                groups = frozenset(map(ledger.group, held)) if one.is_known else None
                yield Unseen(one.account, one.words, groups)
        for each in self._untold(last):
            groups = frozenset(map(ledger.group, each.symbols))
            own = _said_of_first(each) if each.is_first_look else ""
            yield Unseen(each.account, each.why, groups, own)

    def _untold(self, last: Remembered) -> Iterator[Untold]:
        """What taxable accounts may have sold at a loss before the first look."""
        taxable = [str(a.account) for a in self.accounts if a.policy.tax.kind is TaxKind.TAXABLE]
        files = {row.trade.account for row in last.worked.rows}
        return untold(taxable, last.firsts, last.worked.held.book, files, last.today)

    def _read(self, now: datetime) -> Remembered:
        """What holds now: as it was where nothing is new."""
        last, mark, today = self._last, self.book.mark(), day_of(now)
        stamps = tuple(map(_stamp, self.settings.files))
        is_same_day = last is not None and last.today == today
        if last is None or not is_same_day or (last.mark.told, last.stamps) != (mark.told, stamps):
            return self._afresh(now, mark, stamps)
        if last.mark == mark:
            return last
        orders, looks, firsts = last.orders, last.looks, last.firsts
        if is_changed(last.mark, mark, {one.order for one in orders}, self.book):
            orders = self._orders(today)
        if last.mark.looks != mark.looks:
            looks = looks_at(self.accounts, self.book)
            firsts = firsts_at(self.accounts, self.book)
        is_same = (orders, looks, firsts) == (last.orders, last.looks, last.firsts)
        known = last.known if is_same else None
        return replace(last, mark=mark, orders=orders, looks=looks, firsts=firsts, known=known)

    def _afresh(self, now: datetime, mark: "Mark", stamps: tuple[Stamp, ...]) -> Remembered:
        """Everything read again."""
        asked = (self.settings.files, rules_of(self.settings), now, self.accounts, self.book)
        worked, doubts = (
            (work_out(*asked, self._before), ())
            if self.strict
            else work_out_usable(*asked, self._before)
        )
        return Remembered(
            mark=mark,
            stamps=stamps,
            today=worked.today,
            worked=worked,
            doubts=doubts,
            unsure=unsure_lots(worked.household, worked.held.book),
            orders=self._orders(worked.today),
            looks=looks_at(self.accounts, self.book),
            firsts=firsts_at(self.accounts, self.book),
        )

    def _orders(self, today: date) -> tuple[Trade, ...]:
        """Orders of every account that may still fill."""
        found = (open_orders(one, self.book, today, self._plans) for one in self.accounts)
        orders = tuple(trade for trades in found for trade in trades)
        if all(one.side == BUY for one in orders):
            self._plans.clear()  # they were read for their sales
        return orders


def kin_of(config: "Config", book: "Book") -> dict[AccountId, Kin]:
    """The household of each account. Real money and play money are never in one."""
    settings = {each.name: each for each in config.households}
    members: dict[tuple[str, str], list[AccountConfig]] = {}
    for account in config.accounts:
        members.setdefault((account.household, account.environment), []).append(account)
    return {
        account.account: kin
        for (name, _), accounts in members.items()
        for kin in (Kin(settings[name], tuple(accounts), book),)
        for account in accounts
    }


def rules_of(settings: "HouseholdSettings") -> Rules:
    """The rules of a ledger; sales of the book name their lots, those of files go first in."""
    return Rules(Relief.FIFO, settings.group_of, frozenset(settings.outside))


def _said_of_first(one: Untold) -> str:
    return f"what {one.account} buys may take a loss of its own: {one.why}"


def _stamp(path: Path) -> Stamp:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size
