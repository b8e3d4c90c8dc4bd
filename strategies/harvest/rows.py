"""One lot as a row: what it adds to the sale of those before it, its verdict and its sentence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from brokers.words import ZERO
from strategies.harvest import told
from strategies.harvest.ladder import Rung, names_of
from strategies.harvest.nouns import Candidate, Kept, Spent, Verdict
from strategies.harvest.scene import Scene
from strategies.harvest.weigh import Weighed, cents
from strategies.washes.nouns import Moved

FINE = Decimal("0.0001")


def row(
    rungs: Sequence[Rung], place: int, weighed: Sequence[Weighed], chosen: int | None, seen: Scene
) -> Candidate:
    """The lot in this ``place``; ``chosen`` is that of the last lot that is sold, if any is."""
    rung, today = rungs[place], seen.snapshot.session
    alone = weighed[place] if place < len(weighed) else None
    sale = weighed[chosen] if chosen is not None and place <= chosen else alone
    verdict, why = _verdict(rungs, place, weighed, chosen)
    until = rung.until(today) if rung.pieces else None
    substitute = None if sale is None else sale.substitute
    washes = () if sale is None else _in_the_way(sale)
    return Candidate(
        account=str(seen.snapshot.account),
        symbol=rung.lot.symbol,
        lot=rung.lot.lot_id,
        quantity=rung.lot.quantity,
        acquired=rung.lot.acquired,
        held_since=rung.held_since,
        term=rung.term(today),
        value=cents(rung.value),
        basis=None if rung.basis is None else cents(rung.basis),
        gain=None if rung.gain is None else cents(rung.gain),
        verdict=verdict,
        why=why,
        sold=ZERO if chosen is None else _shares(rungs, place, weighed[chosen]),
        waits=_waits(place, weighed, chosen),
        ahead=names_of(rungs[:place]),
        dollars=None if alone is None or sale is None else _own(_added(weighed, place), rung, sale),
        sale=None if sale is None else sale.kept,
        break_even_move=_break_even(sale),
        until=until,
        waiting=None if until is None else _waiting(rung, seen),
        because=washes,
        free_from=None if sale is None else _free_from(sale),
        substitute=None if substitute is None else substitute.symbol,
        substitutes=() if sale is None else sale.substitutes,
    )


def _waits(place: int, weighed: Sequence[Weighed], chosen: int | None) -> str:
    """What of the last lot that is sold waits for the next session."""
    return told.waiting(weighed[place].deal) if place == chosen else ""


def _shares(rungs: Sequence[Rung], place: int, sale: Weighed) -> Decimal:
    """Those of the lot that go in the ``sale``."""
    before = sum((rung.lot.quantity for rung in rungs[:place]), ZERO)
    return max(ZERO, min(rungs[place].lot.quantity, sale.deal.quantity - before))


def _in_the_way(sale: Weighed) -> tuple[Moved, ...]:
    """The buys that take some of it, or would if it filled in part, where that is not wanted."""
    if sale.verdict in {Verdict.DEFERRED, Verdict.LOST}:
        return sale.deal.moves or sale.deal.in_part
    return sale.deal.moves


def _free_from(sale: Weighed) -> date | None:
    washes = _in_the_way(sale)
    if washes and not sale.deal.moves:
        return told.free_after(sale.deal.last_bought)
    return told.free_from(washes)


def _verdict(
    rungs: Sequence[Rung], place: int, weighed: Sequence[Weighed], chosen: int | None
) -> tuple[Verdict, str]:
    rung = rungs[place]
    if rung.fault is not None:
        return rung.fault.verdict, f"{told.NOT}{rung.fault.why}"
    if chosen is not None and place <= chosen:
        return _sold(rungs, place, weighed[chosen], chosen)
    if not rung.is_loss:
        return Verdict.GAIN, f"{told.NOT}it stands at a gain of {told.usd(rung.gain or ZERO)}"
    return _blocked(rungs[:place]) or _beyond(place, weighed) or _unsold(place, weighed, chosen)


def _blocked(before: Sequence[Rung]) -> tuple[Verdict, str] | None:
    """What is known too little of is sold first."""
    for rung in before:
        if rung.fault is not None:
            first = f"{told.dated([rung])}, which the broker sells first"
            why = f"{told.NOT}{first}, is not to be harvested: {rung.fault.why}"
            return Verdict.BEHIND, why
    return None


def _beyond(place: int, weighed: Sequence[Weighed]) -> tuple[Verdict, str] | None:
    """What lies behind as much as one order may be for."""
    return (Verdict.LATER, told.beyond(weighed[-1].deal)) if place >= len(weighed) else None


def _unsold(place: int, weighed: Sequence[Weighed], chosen: int | None) -> tuple[Verdict, str]:
    sale = weighed[place]
    if sale.verdict is Verdict.HARVEST:
        return Verdict.COST, told.adds_less(_added(weighed, place, since=chosen))
    if place and sale.verdict in {Verdict.COST, Verdict.SMALL}:
        return Verdict.BEHIND, sale.why
    return sale.verdict, sale.why


def _sold(rungs: Sequence[Rung], place: int, sale: Weighed, chosen: int) -> tuple[Verdict, str]:
    if rungs[place].is_loss:
        others = [*rungs[:place], *rungs[place + 1 : chosen + 1]]
        together = f"with {told.dated(others)} it " if others else ""
        return Verdict.HARVEST, f"{together}{sale.why}"
    last = next(rung for rung in reversed(rungs[: chosen + 1]) if rung.is_loss)
    return Verdict.SOLD_WITH, told.with_others(last)


def _added(weighed: Sequence[Weighed], place: int, since: int | None = None) -> Kept:
    """What the lot in this ``place`` adds to a sale of those before, or those up to ``since``."""
    whole = weighed[place].kept
    before = place - 1 if since is None else since
    return whole if before < 0 else _less(whole, weighed[before].kept)


def _own(added: Kept, rung: Rung, sale: Weighed) -> Kept:
    """``added`` with what becomes of the lot's own loss in the ``sale`` that it goes in."""
    sold = [one for one in sale.deal.sold if one.lot == rung.lot.lot_id]
    lost = sum((one.permanently_lost for one in sold), ZERO)
    return replace(
        added,
        loss=cents(sum((-one.gain for one in sold if one.gain < 0), ZERO)),
        deferred=cents(sum((one.disallowed for one in sold), ZERO) - lost),
        lost=cents(lost),
    )


def _less(whole: Kept, part: Kept) -> Kept:
    return Kept(
        whole.loss - part.loss,
        whole.deferred - part.deferred,
        whole.lost - part.lost,
        whole.saved - part.saved,
        whole.carried - part.carried,
        whole.later - part.later,
        Spent(
            whole.spent.spread - part.spent.spread,
            whole.spent.fees - part.spent.fees,
            whole.spent.impact - part.spent.impact,
        ),
        whole.tracking - part.tracking,
    )


def _break_even(sale: Weighed | None) -> Decimal | None:
    """How far the substitute may fall behind what is sold until nothing remains; with costs."""
    if sale is None or not sale.deal.value:
        return None
    return (sale.kept.net / sale.deal.value).quantize(FINE, ROUND_HALF_EVEN)


def _waiting(rung: Rung, seen: Scene) -> Decimal:
    today, wishes = seen.snapshot.session, seen.wishes
    return cents(rung.worth_of_waiting(today, seen.taxes.rates, wishes.discount))
