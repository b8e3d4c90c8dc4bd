"""A sale held against its costs: its dollars, and the first thing that stands in its way."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from brokers.words import ZERO
from strategies.harvest import told
from strategies.harvest.deals import Deal
from strategies.harvest.ladder import Rung, symbol_of
from strategies.harvest.nouns import Kept, Spent, Substitute, Verdict
from strategies.harvest.replace import best, substitutes
from strategies.harvest.scene import Day, Scene
from strategies.harvest.tracking import Moves
from strategies.harvest.year import later, saved
from strategies.taxes import forfeited

CENT = Decimal("0.01")
NEAR_DAYS = 60
"""A gain that is long-term within so many days is worth waiting for."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A deal on one day: ``verdict`` is ``HARVEST`` where nothing speaks against it."""

    deal: Deal
    kept: Kept
    substitutes: tuple[Substitute, ...]
    verdict: Verdict
    why: str

    @property
    def substitute(self) -> Substitute | None:
        """What is bought."""
        return best(self.substitutes)


def weigh(deal: Deal, moved: Moves, scene: Scene, day: Day) -> Weighed:
    """All of it."""
    symbol = symbol_of(deal.rungs)
    found = substitutes(symbol, deal, moved, scene, day) if deal.quantity else ()
    kept = _kept(deal, best(found), scene, day)
    verdict, why = _verdict(deal, kept, found, scene, day)
    return Weighed(deal, kept, found, verdict, why)


def _kept(deal: Deal, substitute: Substitute | None, scene: Scene, day: Day) -> Kept:
    change = saved(day.taxes, deal.short, deal.long)
    other = Spent() if substitute is None else substitute.spent
    both = deal.spent + other
    return Kept(
        loss=cents(deal.loss),
        deferred=cents(deal.deferred),
        lost=cents(deal.lost),
        saved=cents(change.now),
        carried=cents(change.later.total),
        later=cents(later(deal.allowed, change, day.taxes, scene.wishes) + _forfeited(deal, scene)),
        spent=Spent(cents(both.spread), cents(both.fees), cents(both.impact)),
        tracking=ZERO if substitute is None else cents(substitute.tracking_cost),
    )


def _forfeited(deal: Deal, scene: Scene) -> Decimal:
    """Tax on dividends that are no longer qualified once these lots are sold."""
    holding = scene.holdings[symbol_of(deal.rungs)]
    lots = [rung.lot for rung in deal.rungs]
    return forfeited(lots, holding, scene.snapshot, scene.policy.tax)


def cents(amount: Decimal) -> Decimal:
    """To the cent."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def _verdict(
    deal: Deal, kept: Kept, found: tuple[Substitute, ...], scene: Scene, day: Day
) -> tuple[Verdict, str]:
    """What cannot be comes before what must not be, and that before what does not pay."""
    return (
        _impossible(deal, scene)
        or _washed(deal, scene, day)
        or _unpaid(deal, kept, found, scene)
        or _early(deal, kept, scene)
        or _fine(deal, kept, found)
    )


def _impossible(deal: Deal, scene: Scene) -> tuple[Verdict, str] | None:
    symbol, rules = symbol_of(deal.rungs), scene.policy.optimizer
    if why := scene.holdings[symbol].obstacle:
        return Verdict.BARRED, f"{told.NOT}{symbol} cannot be sold now: {why}"
    if symbol in {*rules.no_sell, *rules.no_trade}:
        return Verdict.BARRED, f"{told.NOT}you forbid to sell {symbol}"
    if not deal.quantity:
        return Verdict.BARRED, f"{told.NOT}less than the broker sells at a time"
    if scene.home.doubts:
        return Verdict.UNSURE, f"{told.NOT}{scene.home.doubts[0]}"
    return None


def _washed(deal: Deal, scene: Scene, day: Day) -> tuple[Verdict, str] | None:
    if deal.lost or any(move.is_lost for move in deal.in_part):
        return Verdict.LOST, told.lost((*deal.moves, *deal.in_part))
    if deal.deferred and not scene.wishes.may_defer:
        return Verdict.DEFERRED, told.moved(deal.moves)
    if deal.in_part and not scene.wishes.may_defer:
        return Verdict.DEFERRED, told.not_in_part(deal.in_part, deal.last_bought)
    symbol = symbol_of(deal.rungs)
    if other := day.bought.get(scene.group(symbol)):
        what = f"{symbol}, or its like, is bought today in place of {other}"
        return Verdict.BOUGHT, f"{told.NOT}{what}"
    return None


def _unpaid(
    deal: Deal, kept: Kept, found: tuple[Substitute, ...], scene: Scene
) -> tuple[Verdict, str] | None:
    wishes = scene.wishes
    if kept.value <= 0:
        return Verdict.COST, told.costs_more(kept, deal.rungs)
    if best(found) is None:
        return Verdict.NO_SUBSTITUTE, told.no_substitute(symbol_of(deal.rungs), found)
    if kept.net <= 0:
        return Verdict.COST, told.costs_more(kept, deal.rungs)
    if deal.loss < wishes.fall_min * deal.basis:
        return Verdict.SMALL, told.fallen_less(deal, wishes)
    if kept.net < wishes.net_min:
        return Verdict.SMALL, told.too_small(kept, wishes, deal.rungs)
    return None


def _early(deal: Deal, kept: Kept, scene: Scene) -> tuple[Verdict, str] | None:
    """A gain that goes with the loss, and is taxed less in some days."""
    worth, last = ZERO, None
    for rung in deal.rungs:
        one = _worth_of_waiting(rung, scene, day=scene.snapshot.session)
        if one > 0:
            worth, last = worth + one, rung
    until = None if last is None else last.until(scene.snapshot.session)
    if last is None or until is None or worth <= kept.net:
        return None
    return Verdict.WAIT, told.waits(last, kept, worth, until)


def _worth_of_waiting(rung: Rung, scene: Scene, day: date) -> Decimal:
    until = rung.until(day)
    if rung.is_loss or until is None or (until - day).days > NEAR_DAYS:
        return ZERO
    return rung.worth_of_waiting(day, scene.taxes.rates, scene.wishes.discount)


def _fine(deal: Deal, kept: Kept, found: tuple[Substitute, ...]) -> tuple[Verdict, str]:
    substitute = best(found)
    assert substitute is not None, "one without is refused before"
    return Verdict.HARVEST, told.harvested(kept, substitute, deal)
