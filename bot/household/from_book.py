"""What the book has of the accounts, as trades of the household ledger.

Each sale names the lots that the account's own method took, as its plans have them. Transfers in
with a basis are buys on the day and at the price at which the shares were once bought; without one
they are a state of their own: a buy for nothing, so never a loss, and told apart by ``unknown``.
Read ``booked.py``, ``lineage.py`` (what a security became), ``came.py`` and ``pieces.py`` (buys),
``went.py`` (sales); ``named.py`` is for when the ledger has been worked out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from bot.household.booked import KIND, Booked, BookPlace, Whose, lot_name
from bot.household.came import ELSEWHERE, Bent, Lots, lots_of
from bot.household.fund_gains import Dividends
from bot.household.lineage import Descent, Lineage, Step, steps_of
from bot.household.moved import stay
from bot.household.splits import Splits
from bot.household.trades import Told
from bot.household.went import sales_of
from brokers.words import USD, ZERO, Action, Split, Symbol
from strategies.lots import (
    TRADE_ZONE,
    BadLots,
    Ledger,
    Realized,
    Rules,
    latest_versions,
    ledger,
    trade_date,
)
from strategies.lots.actions.several import splits_by_day
from strategies.lots.actions.told import counted, in_force, in_question, open_questions
from strategies.policy import TaxKind
from strategies.taxes.funds import FundGains
from strategies.washes.journal import SPLIT_DAYS
from strategies.washes.nouns import SPLIT, Trade

__all__ = ["ELSEWHERE", "KIND", "BookPlace", "Booked", "FromBook", "from_book", "lot_name"]


@dataclass(frozen=True, slots=True)
class Orphan:
    """Shares that came on ``day`` out of others which the broker does not name: a spin-off."""

    account: str
    symbol: Symbol
    day: date


@dataclass(frozen=True, slots=True)
class FromBook:
    """The accounts' trades, and their lots as each account has them by itself.

    ``unknown`` are (account, lot) of unknown basis; ``plain`` are lots without any wash sale.
    ``descents`` are what each key of the ledger became, ``bent`` the lots of which a company moved
    the basis, ``asked`` symbols by account that wait for a word of the owner, ``orphans`` those
    of which nobody knows whose basis they took a part of, ``beside`` taxable
    gains that no sale made: cash beside new shares, capital that came back above the basis;
    ``fund_gains`` are capital gains that funds paid on a share, ``dividends`` the days of others.
    """

    rows: tuple[Told, ...] = ()
    unknown: frozenset[tuple[str, str]] = frozenset()
    plain: Mapping[str, Ledger] = field(default_factory=dict)
    splits: tuple[tuple[Symbol, date, Fraction], ...] = ()
    notes: tuple[str, ...] = ()
    descents: Mapping[str, Descent] = field(default_factory=dict)
    bent: tuple[Bent, ...] = ()
    asked: Mapping[tuple[str, str], str] = field(default_factory=dict)
    orphans: tuple[Orphan, ...] = ()
    beside: tuple[tuple[str, Realized], ...] = ()
    fund_gains: FundGains = field(default_factory=dict)
    dividends: Dividends = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that the trades of one account depend on."""

    record: Booked
    actions: tuple[Action, ...]
    steps: tuple[Step, ...]
    splits: tuple[tuple[Symbol, date, Fraction], ...]
    kept: frozenset[tuple[str, Symbol]]
    today: date


@dataclass(frozen=True, slots=True)
class OfAccount:
    """The trades of one account, its own lots, and what is to be said of them."""

    rows: tuple[Told, ...]
    plain: Ledger
    lots: Lots
    notes: tuple[str, ...]


Accounts = dict[str, tuple[Asked, OfAccount]]
"""What was worked out last for each account, and from what."""


def from_book(
    records: Sequence[Booked],
    today: date,
    told: Iterable[Split] = (),
    known: Accounts | None = None,
) -> FromBook:
    """Trades of all accounts up to ``today``; ``told`` are splits that are known from elsewhere.

    What is ``known`` of an account in which nothing changed is not worked out again, and what is
    worked out is put there. Raises ``BadLots`` where an account's own records cannot be true.
    """
    notes: list[str] = []
    asked = {
        (record.account, str(symbol)): why
        for record in records
        for symbol, why in in_question(record.actions).items()
    }
    ours = [(_in_dollars(record, notes), in_force(record.actions)) for record in records]
    ours = [(_counted(record, actions), actions) for record, actions in ours]
    splits = [split for _, actions in ours for split in splits_by_day(actions)]
    every = Splits((*told, *splits), today)
    kept = stay({record.account: record.transfers for record, _ in ours})
    steps = [step for _, actions in ours for step in steps_of(actions, today)]
    rows, plain, found = list[Told](), dict[str, Ledger](), list[Lots]()
    for record, actions in ours:
        own_steps = tuple(_steps(actions, steps, today))
        asked_of = Asked(record, tuple(actions), own_steps, every.told, kept, today)
        one = _of_account(asked_of, every, {} if known is None else known)
        plain[record.account] = one.plain
        rows += one.rows
        found.append(one.lots)
        notes += one.notes
    descents = {key: one for lots in found for key, one in lots.descents.items()}
    beside = [
        (record.account, one)
        for record, _ in ours
        for one in plain[record.account].realized
        if not one.quantity and record.tax.kind is TaxKind.TAXABLE
    ]
    notes += map(_said_beside, beside)
    return FromBook(
        rows=(*_splits(Splits(splits, today), descents), *rows),
        unknown=frozenset().union(*(lots.unknown for lots in found)),
        plain=plain,
        splits=every.told,
        notes=tuple(notes),
        descents={key: one for key, one in descents.items() if one.path},
        bent=tuple(bent for lots in found for bent in lots.bent),
        asked=asked,
        orphans=tuple(orphan for record in records for orphan in _orphans(record)),
        beside=tuple(beside),
    )


def _of_account(asked: Asked, splits: Splits, known: Accounts) -> OfAccount:
    record, today = asked.record, asked.today
    before = known.get(record.account)
    if before is not None and before[0] == asked:
        return before[1]
    whose = Whose(record.account, KIND[record.tax.kind], Lineage(asked.steps, splits), today)
    own = _ledger(record, today)
    lots = lots_of(record, asked.actions, whose, own, asked.kept)
    found = OfAccount(
        rows=(*lots.rows, *sales_of(record, whose, own, lots)),
        plain=own,
        lots=lots,
        notes=(*_left(record, lots), *_unknown(record, lots), *_untold(record, splits, today)),
    )
    known[record.account] = asked, found
    return found


def _orphans(record: Booked) -> Iterator[Orphan]:
    """Shares that are asked about and came alone: nothing else asked about left near that day."""
    moved = {transfer.transfer_id: transfer.quantity for transfer in record.transfers}
    asked = [
        (one, sum((moved.get(name, ZERO) for name in one.records), ZERO))
        for one in open_questions(record.actions)
    ]
    gone = [one.effective for one, quantity in asked if quantity < 0]
    for one, quantity in asked:
        if quantity > 0 and all(abs((one.effective - day).days) > SPLIT_DAYS for day in gone):
            yield Orphan(record.account, one.symbol, one.effective)


def _in_dollars(record: Booked, notes: list[str]) -> Booked:
    """The record without symbols that were ever paid for in another currency."""
    foreign = {e.symbol for e in record.executions if e.currency != USD}
    foreign |= {t.symbol for t in record.transfers if t.currency != USD}
    if foreign:
        names = ", ".join(sorted(foreign))
        notes.append(f"{record.account}: {names}: not in USD, so left out of this ledger")
    return replace(
        record,
        executions=tuple(e for e in record.executions if e.symbol not in foreign),
        transfers=tuple(t for t in record.transfers if t.symbol not in foreign),
        actions=tuple(a for a in record.actions if a.symbol not in foreign),
    )


def _counted(record: Booked, actions: Sequence[Action]) -> Booked:
    """The record without transfers that an action stands for."""
    return replace(record, transfers=tuple(counted(record.transfers, actions)))


def _steps(actions: Iterable[Action], all_steps: Sequence[Step], today: date) -> list[Step]:
    """What an account tells itself, and new names of which only another one tells."""
    own = [*steps_of(actions, today)]
    known = {(step.old, step.new) for step in own}
    for step in sorted(all_steps, key=lambda step: step.day):
        if step.is_new_name and (step.old, step.new) not in known:
            known.add((step.old, step.new))
            own.append(step)
    return own


def _ledger(record: Booked, today: date) -> Ledger:
    rules = record.rules or Rules(record.tax)
    try:
        return ledger(record.executions, record.transfers, record.actions, rules, today)
    except BadLots as exc:
        remedy = f"trimtab reconcile --account {record.account}"
        raise BadLots(f"{record.account}: {exc}", exc.remedy or remedy) from exc


def _splits(splits: Splits, descents: Mapping[str, Descent]) -> Iterator[Told]:
    """Splits of each symbol by itself, and of each key that became something else."""
    factors = [(str(symbol), day, ratio) for symbol, day, ratio in splits.told]
    for key, descent in sorted(descents.items()):
        if descent.path:
            factors += [(key, day, ratio) for day, ratio in descent.factors]
    for key, day, ratio in factors:
        quantity = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        trade = Trade(day, "", "", key, SPLIT, quantity, ZERO, ZERO, "", "")
        yield Told(trade, BookPlace(f"split of {key}", 0))


def _left(record: Booked, lots: Lots) -> Iterator[str]:
    for symbol, quantity in sorted(lots.away.items()):
        yield (
            f"{record.account}: {quantity:f} {symbol} left for an account that is not told here: "
            "they count as yours still, bought when they were"
        )


def _unknown(record: Booked, lots: Lots) -> Iterator[str]:
    """Lots of unknown basis, wherever they are now."""
    found = {
        row.trade.symbol for row in lots.rows if (row.trade.account, row.trade.lot) in lots.unknown
    }
    if found:
        yield (
            f"{record.account}: what {', '.join(sorted(found))} cost that came without a basis is "
            "not known: no gain and no loss is told of it"
        )


def _untold(record: Booked, splits: Splits, today: date) -> Iterator[str]:
    """Splits of what the account had, of which only another account tells."""
    ours = {(a.symbol, a.effective) for a in record.actions}
    trades = latest_versions(record.executions)
    first: dict[str, date] = {}
    for symbol, day in (
        *((e.symbol, trade_date(e)) for e in trades),
        *((t.symbol, t.time.astimezone(TRADE_ZONE).date()) for t in record.transfers),
    ):
        first[symbol] = min(day, first.get(symbol, today))
    for symbol, effective, _ in splits.told:
        if (symbol, effective) not in ours and first.get(symbol, today) < effective:
            yield (
                f"{record.account}: another account tells of a split of {symbol} on {effective}, "
                "this one does not: it is done in both"
            )


def _said_beside(told: tuple[str, Realized]) -> str:
    account, one = told
    what = f"{account}: {one.cause.value} of {one.symbol} on {one.sold}"
    if one.gain is None:
        return f"{what}: whether it is a gain is not known, for the basis is not"
    return f"{what}: a gain of {one.gain:.2f} USD, told as a sale of no shares"
