"""From the words of a command line to a corporate action, or to what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from bot.cli.exits import WrongUse
from brokers.words import (
    OWNERS_NOUNS,
    Action,
    ActionRecord,
    OpenQuestion,
    Retraction,
    Symbol,
    takes,
)
from strategies.lots.actions.checks import check_action
from strategies.lots.actions.told import open_questions
from strategies.lots.errors import BadAction

OWNER = "owner"
"""What ids of the owner's words begin with."""

OPTIONS: Mapping[str, str] = {
    "ratio": "--ratio",
    "new_symbol": "--to",
    "basis_share": "--basis",
    "cash": "--cash",
    "value": "--value",
    "is_taxable": "--taxable",
    "cash_in_lieu": "--in-lieu",
    "amount": "--amount",
    "paid": "--paid",
}
"""The option that each field of an action is told by."""

NEAR = timedelta(days=30)
"""A question as near as this, about the same symbols, is answered by an action."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the command line says of an action; ``told`` are its fields, empty ones left out."""

    kind: str
    symbol: str
    effective: str
    told: Mapping[str, str | bool]


def action_of(said: Said, known: Sequence[ActionRecord], today: date) -> Action:
    """The action, answering what is asked about its symbols; ``WrongUse`` says what is amiss."""
    kind = said.kind.lower()
    if kind not in OWNERS_NOUNS:
        near = get_close_matches(kind, OWNERS_NOUNS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise WrongUse(f"{said.kind} is no corporate action", f"{hint}{', '.join(OWNERS_NOUNS)}")
    fields = _fields(kind, said.told)
    effective = day_of("--on", said.effective)
    if effective > today:
        raise WrongUse(
            f"--on {effective}: today is {today}", "tell what has happened, on or after its day"
        )
    symbol = Symbol(said.symbol.upper())
    new = Symbol(str(fields.get("new_symbol", "")))
    name = _free(f"{OWNER}:{kind}:{symbol}:{effective}", known)
    records = tuple(
        record
        for question in answered(known, {symbol, new}, effective)
        for record in question.records
    )
    made = OWNERS_NOUNS[kind](
        action_id=name, symbol=symbol, effective=effective, records=records, **fields
    )
    try:
        check_action(made)
    except BadAction as exc:
        raise WrongUse(str(exc), "trimtab lots action --help tells what each kind needs") from exc
    return made


def answered(
    known: Sequence[ActionRecord], symbols: set[Symbol], day: date
) -> tuple[OpenQuestion, ...]:
    """The open questions that an action on ``day`` about ``symbols`` answers."""
    return tuple(
        question
        for question in open_questions(known)
        if question.symbol in symbols and abs(question.effective - day) <= NEAR
    )


def retraction_of(name: str, known: Sequence[ActionRecord], today: date) -> Retraction:
    """Takes back what is in the book under ``name``, an action or a question."""
    ids = {one.action_id: one for one in known if not isinstance(one, Retraction)}
    if name not in ids:
        near = get_close_matches(name, ids, n=3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise WrongUse(f"nothing is told under {name}", f"{hint}trimtab lots actions lists all")
    if any(name in one.records for one in known if isinstance(one, Retraction)):
        raise WrongUse(f"{name} is taken back already", "trimtab lots actions")
    taken = ids[name]
    return Retraction(f"{OWNER}:retraction:{name}", taken.symbol, today, (name,))


def _fields(kind: str, told: Mapping[str, str | bool]) -> dict[str, Any]:
    known = takes(kind)
    for field in told:
        if field not in known:
            raise WrongUse(f"{OPTIONS[field]}: a {kind} has none", "leave it out")
    for field, is_needed in known.items():
        if is_needed and field not in told:
            raise WrongUse(f"a {kind} needs {OPTIONS[field]}", "it stands in the company's notice")
    return {field: _value(field, word) for field, word in told.items()}


def _value(field: str, word: str | bool) -> object:
    option = OPTIONS[field]
    match field:
        case "is_taxable":
            return bool(word)
        case "new_symbol":
            return Symbol(str(word).upper())
        case "paid":
            return day_of(option, str(word))
        case _:
            return amount_of(option, str(word))


def amount_of(option: str, word: str) -> Decimal:
    """A plain number."""
    try:
        number = Decimal(word)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise WrongUse(f"{option} {word}: no number", "write it like 0.25")
    return number


def day_of(option: str, word: str) -> date:
    """A day."""
    try:
        return date.fromisoformat(word)
    except ValueError as exc:
        raise WrongUse(f"{option} {word}: no day", "write it like 2026-01-31") from exc


def _free(name: str, known: Sequence[ActionRecord]) -> str:
    """``name``, with a number behind it where it is taken: what was taken back stays there."""
    ids = {one.action_id for one in known}
    numbered = (f"{name}:{number}" for number in range(2, len(ids) + 3))
    return name if name not in ids else next(one for one in numbered if one not in ids)
