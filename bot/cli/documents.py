"""The JSON documents of ``--json``: one shape a kind, and how a shape becomes text.

Amounts are strings of decimal digits, moments and days ISO 8601, names of fields are those of the
nouns inside. ``schema`` is first in each document; its number grows when a field changes its
meaning or goes, not when one is added. ``docs/schemas`` holds the JSON Schema of each kind.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, NewType

from bot.cli.lotting.importing.told import LotsImport
from bot.progress.lines import Report
from bot.report.capabilities import AccountAbilities
from bot.report.drill import Drill
from bot.report.harvest.figures import Harvest, HarvestCalendar
from bot.report.household.gift import GiftDocument
from bot.report.household.location import LocationDocument
from bot.report.household.rmd import RmdDocument
from bot.report.household.withdraw import WithdrawDocument
from bot.report.limits import LimitsDocument
from bot.report.lots.actions import ActionsDocument
from bot.report.lots.checked import LotsCheck
from bot.report.lots.figures import LotsDocument
from bot.report.risk.figures import AccountRisk
from bot.report.selftest import SelfTest
from bot.report.targets.figures import AccountTarget, Frontier, Targets
from bot.report.tax.figures import TaxStatement
from bot.report.tax.form8949 import Form8949
from bot.report.whatif.figures import WhatIf

if TYPE_CHECKING:
    from bot.book.glance import AccountGlance, HouseGlance
    from bot.book.maintain import Finding as BookFinding
    from bot.book.rows import OrderRow, PlanRow
    from bot.cli.finding import Finding
    from bot.cli.households import HouseholdStatus
    from bot.cli.scanned import ScanStatus
    from bot.prices.survey import AccountPrices
    from bot.reconcile import Break
    from bot.report.cost_figures import CostFigures
    from bot.switch import State
    from brokers.words import Environment, Execution

VERSION = 1

EncodedPlan = NewType("EncodedPlan", dict[str, Any])
"""A plan as the book keeps it."""


@dataclass(frozen=True, slots=True)
class StatusDocument:
    """How every account stands. Weights are shares of NAV; null is what is not known yet."""

    accounts: "tuple[AccountGlance, ...]"
    halted: str | None
    mails_unsent: int
    plans_waiting: int
    households: "tuple[HouseholdStatus, ...]"
    harvest: "ScanStatus | None"
    """Which eligible accounts were scanned for losses; null where none harvests."""
    state: "State" = "active"
    """How far trading is stopped everywhere, ``halted`` says why."""
    house: "HouseGlance | None" = None
    """The last check of the whole book, and alarms that stand."""


@dataclass(frozen=True, slots=True)
class OrdersDocument:
    """Orders and what became of each, newest first."""

    environments: "Mapping[str, Environment]"
    orders: "tuple[OrderRow, ...]"


@dataclass(frozen=True, slots=True)
class FillsDocument:
    """Executions of each account, newest first."""

    environments: "Mapping[str, Environment]"
    fills: "Mapping[str, tuple[Execution, ...]]"


@dataclass(frozen=True, slots=True)
class HistoryDocument:
    """Plans and what became of them, newest first."""

    environments: "Mapping[str, Environment]"
    plans: "tuple[PlanRow, ...]"


@dataclass(frozen=True, slots=True)
class PlansDocument:
    """The plans that wait for a person, oldest first."""

    environments: "Mapping[str, Environment]"
    plans: "tuple[PlanRow, ...]"


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What would be traded now, account by account, as the book keeps it."""

    plans: tuple[EncodedPlan, ...]


@dataclass(frozen=True, slots=True)
class CheckDocument:
    """What ``trimtab check`` found, in the order of looking."""

    findings: "tuple[Finding, ...]"


@dataclass(frozen=True, slots=True)
class ReconcileDocument:
    """Where book and broker differ, account by account; nothing where they agree."""

    environments: "Mapping[str, Environment]"
    breaks: "Mapping[str, tuple[Break, ...]]"


@dataclass(frozen=True, slots=True)
class DbCheckDocument:
    """What in the book cannot be right; nothing where it is sound."""

    findings: "tuple[BookFinding, ...]"


@dataclass(frozen=True, slots=True)
class CostsDocument:
    """What trading cost against what was planned, and the fit to it, account by account."""

    environments: "Mapping[str, Environment]"
    accounts: "Mapping[str, CostFigures]"


@dataclass(frozen=True, slots=True)
class PricesDocument:
    """What the book keeps of price histories, account by account."""

    environments: "Mapping[str, Environment]"
    accounts: "Mapping[str, AccountPrices]"


@dataclass(frozen=True, slots=True)
class RiskDocument:
    """Each account's risk, in the order of the config."""

    accounts: tuple[AccountRisk, ...]


Document = (
    StatusDocument
    | OrdersDocument
    | FillsDocument
    | HistoryDocument
    | PlansDocument
    | PlanDocument
    | CheckDocument
    | AccountAbilities
    | Drill
    | SelfTest
    | ReconcileDocument
    | DbCheckDocument
    | CostsDocument
    | PricesDocument
    | RiskDocument
    | Report
    | WhatIf
    | Targets
    | AccountTarget
    | Frontier
    | TaxStatement
    | Form8949
    | LotsDocument
    | LotsImport
    | ActionsDocument
    | LotsCheck
    | Harvest
    | HarvestCalendar
    | LocationDocument
    | RmdDocument
    | GiftDocument
    | WithdrawDocument
    | LimitsDocument
)

KINDS: Mapping[str, type[Document]] = {
    "status": StatusDocument,
    "orders": OrdersDocument,
    "fills": FillsDocument,
    "history": HistoryDocument,
    "plans": PlansDocument,
    "plan": PlanDocument,
    "check": CheckDocument,
    "broker": AccountAbilities,
    "drill": Drill,
    "selftest": SelfTest,
    "reconcile": ReconcileDocument,
    "db-check": DbCheckDocument,
    "costs": CostsDocument,
    "prices": PricesDocument,
    "risk": RiskDocument,
    "search": Report,
    "whatif": WhatIf,
    "targets": Targets,
    "account-target": AccountTarget,
    "frontier": Frontier,
    "tax": TaxStatement,
    "form-8949": Form8949,
    "lots": LotsDocument,
    "lots-import": LotsImport,
    "lots-actions": ActionsDocument,
    "lots-check": LotsCheck,
    "harvest": Harvest,
    "harvest-calendar": HarvestCalendar,
    "location": LocationDocument,
    "rmd": RmdDocument,
    "gift": GiftDocument,
    "withdraw": WithdrawDocument,
    "limits": LimitsDocument,
}


def schema_name(kind: str) -> str:
    """What stands in ``schema``: the kind and the version of its form."""
    return f"trimtab/{kind}/{VERSION}"


def as_text(document: Document) -> str:
    """``document`` as JSON in plain ASCII."""
    kind = next(kind for kind, shape in KINDS.items() if type(document) is shape)
    envelope = {"schema": schema_name(kind), **_fields(document)}
    return json.dumps(envelope, indent=2, ensure_ascii=True, allow_nan=False)


def plain(thing: object) -> object:
    """``thing`` as JSON has it."""
    match thing:
        case Enum():
            return thing.value
        case None | bool() | int() | float() | str():
            return thing
        case Decimal():
            return format(thing, "f")
        case date():  # a datetime too
            return thing.isoformat()
        case _:
            return _many(thing)


def _many(thing: object) -> object:
    """A noun, a table or a list, with all that is in it."""
    if is_dataclass(thing) or hasattr(thing, "_asdict"):
        return _fields(thing)
    match thing:
        case Mapping():
            return {str(key): plain(value) for key, value in thing.items()}
        case Set():
            return sorted(str(plain(item)) for item in thing)
        case Sequence():
            return [plain(item) for item in thing]
    raise TypeError(f"{type(thing).__name__} has no JSON form")


def _fields(thing: object) -> dict[str, object]:
    names = [f.name for f in fields(thing)] if is_dataclass(thing) else thing._fields  # type: ignore[attr-defined]
    return {name: plain(getattr(thing, name)) for name in names}


def utc(moment: datetime) -> str:
    """For people: ``2026-11-20 15:30 UTC``."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
