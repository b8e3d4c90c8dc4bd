"""From an account, a household and the owner's wishes to the document."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.household.kin import Known
from bot.report.harvest.figures import (
    Assumed,
    Harvest,
    HarvestCalendar,
    calendar_rows,
    candidate_row,
)
from brokers.words import ZERO
from strategies.harvest import Candidate, Taxes, Verdict, Wishes, calendar, candidates, realised
from strategies.harvest.weigh import cents
from strategies.taxes.netting import Carryover
from strategies.taxes.rates import Rates

if TYPE_CHECKING:
    from bot.cli.harvesting.asked import Wanted
    from strategies.policy import Policy
    from strategies.snapshot import Snapshot

SOLD = {Verdict.HARVEST, Verdict.SOLD_WITH}


def answer(snapshot: "Snapshot", policy: "Policy", known: Known, wanted: "Wanted") -> Harvest:
    """Every lot of the account."""
    rates = Rates(policy.tax.short_rate, policy.tax.long_rate)
    payer = wanted.taxpayer
    short, long = realised(known.home, snapshot.session.year)
    short, long = short + payer.gains_short, long + payer.gains_long
    brought = Carryover(payer.carryover_short, payer.carryover_long)
    taxes = Taxes(rates, short, long, brought, payer.filing)
    found = candidates(snapshot, policy, known.home, taxes, wanted.wishes, wanted.listed)
    sold = [one for one in found if one.verdict in SOLD]
    return Harvest(
        account=str(snapshot.account),
        environment=snapshot.environment.value,
        session=snapshot.session,
        relief=snapshot.relief.value,
        assumed=_assumed(taxes, wanted.wishes),
        loss=_sum([one.dollars.loss for one in sold if one.dollars]),
        saved=_sum([one.dollars.saved for one in sold if one.dollars]),
        net=_sum([one.dollars.net for one in sold if one.dollars]),
        lots=tuple(map(candidate_row, found)),
        notes=(*known.notes, *snapshot.warnings, *_strangers(found, wanted)),
    )


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _strangers(found: Sequence[Candidate], wanted: "Wanted") -> list[str]:
    held = {one.symbol for one in found}
    unheld = sorted(symbol for symbol in wanted.listed if symbol not in held)
    return [f"substitutes of {', '.join(unheld)} are not used: no lot is held"] if unheld else []


def _assumed(taxes: Taxes, wishes: Wishes) -> Assumed:
    return Assumed(
        short_rate=taxes.rates.short,
        long_rate=taxes.rates.long,
        realised_short=cents(taxes.short),
        realised_long=cents(taxes.long),
        filing=taxes.filing.value,
        carryover_short=taxes.brought.short,
        carryover_long=taxes.brought.long,
        horizon_years=wishes.horizon_years,
        growth=wishes.growth,
        discount=wishes.discount,
        net_min=wishes.net_min,
        fall_min=wishes.fall_min,
        may_defer=wishes.may_defer,
    )


def days(known: Known) -> HarvestCalendar:
    """The calendar of the household."""
    rows = calendar_rows(calendar(known.home.ledger, known.today))
    return HarvestCalendar(known.today, rows, known.notes)
