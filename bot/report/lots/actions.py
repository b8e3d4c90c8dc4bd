"""Corporate actions of the accounts, as ``trimtab lots actions`` lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal

from bot.report.amounts import quantity
from bot.report.tables import SYMBOL, Align, Column, Table
from bot.report.text import render, wrap
from brokers.words import ACTION_NOUNS, ActionRecord, OpenQuestion, Retraction
from strategies.lots.actions.told import in_force, open_questions

State = Literal["counts", "taken back", "open", "answered"]
COMMON = {"action_id", "symbol", "effective", "records"}
COLUMNS = (
    Column("day", Align.LEFT),
    SYMBOL,
    Column("what", Align.LEFT),
    Column("told", Align.LEFT),
    Column("state", Align.LEFT),
    Column("id", Align.LEFT),
)
KINDS = {noun: kind for kind, noun in ACTION_NOUNS.items()}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What was told, by the broker or by you, and whether it counts; a question is ``open``.

    ``told`` are the fields of its kind, as text; ``records`` are the broker's records that it
    stands for.
    """

    account: str
    action_id: str
    kind: str
    symbol: str
    effective: date
    told: Mapping[str, str]
    records: tuple[str, ...]
    state: State


@dataclass(frozen=True, slots=True)
class ActionsDocument:
    """Every corporate action of the accounts, oldest first, and what is asked about them."""

    actions: tuple[ActionRow, ...]


def rows_of(account: str, told: Sequence[ActionRecord]) -> tuple[ActionRow, ...]:
    """One account's, but for retractions, which show in what they took back."""
    counting = {one.action_id for one in in_force(told)}
    asked = {one.action_id for one in open_questions(told)}
    gone = {name for one in told if isinstance(one, Retraction) for name in one.records}
    return tuple(
        ActionRow(
            account=account,
            action_id=one.action_id,
            kind=KINDS[type(one)],
            symbol=one.symbol,
            effective=one.effective,
            told=_told(one),
            records=one.records,
            state=_state(one, counting, asked, gone),
        )
        for one in told
        if not isinstance(one, Retraction)
    )


def _state(one: ActionRecord, counting: set[str], asked: set[str], gone: set[str]) -> State:
    if one.action_id in gone:
        return "taken back"
    if isinstance(one, OpenQuestion):
        return "open" if one.action_id in asked else "answered"
    assert one.action_id in counting, "what nobody took back counts"
    return "counts"


def _told(one: ActionRecord) -> dict[str, str]:
    values = {
        field.name: getattr(one, field.name) for field in fields(one) if field.name not in COMMON
    }
    return {name: text for name, value in values.items() if (text := _text(value))}


def _text(value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case Decimal():
            return quantity(value).replace(",", "") if value else ""
        case _:
            return str(value)


def actions_page(told: ActionsDocument) -> str:
    """A table an account, and what to do where something is asked."""
    accounts = list(dict.fromkeys(row.account for row in told.actions))
    tables = [
        render(Table(name, COLUMNS, tuple(_row(r) for r in told.actions if r.account == name)))
        for name in accounts
    ]
    if any(row.state == "open" for row in told.actions):
        tables.append(
            wrap(
                "What is open keeps its symbol from being traded. Tell what it was: trimtab lots "
                "action; or leave it as the broker booked it: trimtab lots retract ID."
            )
        )
    return "\n\n".join(tables) or "no corporate action is known"


def _row(row: ActionRow) -> tuple[str, ...]:
    names = {"new_symbol": "to"}
    words = [f"{names.get(name, name)} {value}" for name, value in row.told.items()]
    said = row.told.get("said") or ", ".join(words)
    return row.effective.isoformat(), row.symbol, row.kind, said, row.state, row.action_id
