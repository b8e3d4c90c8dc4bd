"""What the owner may set and should know of: named warnings, a row of a table each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta

from bot.config.account_table import BrokerKind
from bot.config.checks import Subject
from bot.config.own_code import Reference
from bot.config.settings import Caution
from bot.config.us20 import US20
from bot.limits import PROFILES, is_looser
from brokers.words import Environment
from strategies.policy import Mode
from strategies.policy.triggers import Action
from strategies.policy.working import Auction

LAST_HOUR = timedelta(hours=1)
"""Before the close, a plan knows roughly what the auction will be like."""

SESSIONS, DAYS = 10, 14
"""Ten sessions usually span fourteen calendar days."""

WAVES_MAX = 12
"""A large order is carried out in no more waves than these (``strategies/working/waves.py``)."""

Told = Iterator[tuple[str, str]]
"""Key inside the account, and what there is to know about it."""


def _loosened(of: Subject) -> Told:
    profile = PROFILES[of.table.profile]
    for item in fields(of.limits):
        ours, theirs = getattr(of.limits, item.name), getattr(profile, item.name)
        if is_looser(item.name, ours, theirs):
            said = "no limit" if ours is None else ours
            usual = f"the profile {of.table.profile.value} allows {theirs}"
            yield f"limits.{item.name}", f"{said}, where {usual}"


def _alone(of: Subject) -> Told:
    alone = of.table.mode in {Mode.AUTO, Mode.AUTO_CRITICAL}
    if alone and of.table.environment is Environment.LIVE:
        yield "mode", "real orders leave without a person's approval"


def _wide_collar(of: Subject) -> Told:
    ours, limit = of.table.orders.collar, of.limits.collar
    if ours > limit:
        yield "orders.collar", f"{ours} is over limits.collar, {limit}: such orders are refused"


def _worked_on(of: Subject) -> Told:
    """An order that is worked in more steps than may be sent is left where it is in the end."""
    ours, limit = of.table.orders.steps * WAVES_MAX, of.limits.sends_per_order
    if ours > limit:
        said = f"up to {ours} orders for a large one, in {WAVES_MAX} waves"
        yield "orders.steps", f"{said}, where limits.sends_per_order allows {limit}"


def _waits_long(of: Subject) -> Told:
    """A limit for the auction is made from the quote of the plan."""
    schedule = of.table.schedule
    late = [at for at in schedule.at or () if at.anchor == "close" and at.offset >= -LAST_HOUR]
    if of.table.orders.auction is not Auction.NONE and not (late and schedule.every is None):
        said = "orders wait from their plan to the close, at limits that were made with it"
        yield "orders.auction", f'{said}; schedule.at = "close-30m" plans shortly before'


def _too_often(of: Subject) -> Told:
    """Drift that asks every day, with no cooldown to slow it, ends in a halt."""
    schedule, limit = of.table.schedule, of.limits.cycles_per_10_sessions
    trades = min(SESSIONS, -(-DAYS // (schedule.cooldown_days + 1)))
    if trades > limit:
        allowed = f"limits.cycles_per_10_sessions allows {limit}, one more halts the account"
        yield "schedule", f"may trade {trades} times in 10 sessions: {allowed}"


def _at_once(of: Subject) -> list[str]:
    """Triggers that no rest after a trade holds back."""
    ours = of.table.triggers
    names = type(ours).model_fields
    return [name for name in names if getattr(ours, name) is Action.IMMEDIATE]


def _immediate(of: Subject) -> Told:
    """What neither cost nor rest holds back may ask every day, which ends in a halt."""
    limit = of.limits.cycles_per_10_sessions
    if found := _at_once(of):
        said = 'waits for neither "schedule.cooldown_days" nor for a gain that is worth its cost'
        halts = f"limits.cycles_per_10_sessions allows {limit} plans, one more halts the account"
        yield f"triggers.{found[0]}", f"{said}; {halts}"


def _off_tape(of: Subject) -> Told:
    on_us20 = of.table.broker is BrokerKind.PAPER and of.table.paper.tape == "us20"
    strangers = sorted(set(of.weights) - set(US20)) if on_us20 else []
    if strangers:
        yield "target", f"the tape us20 has no prices of {', '.join(strangers)}"


def _unlabelled(of: Subject) -> Told:
    """A name without a label is in no group, and its limit does not see it."""
    for column in of.table.optimizer.limits:
        bare = sorted(set(of.weights) - set(of.labels.get(column, ())))
        if bare:
            said = f"no {column} of {', '.join(bare)}: no limit by {column} counts them"
            yield "optimizer.labels", said


def _untargeted(of: Subject) -> Told:
    """A name that is no target counts only while it is held: it may be a slip of the pen."""
    ours = of.table.optimizer
    named = {
        **{key: getattr(ours, key) for key in ("no_buy", "no_sell", "no_trade")},
        **{f'groups "{group.name}"': group.members for group in ours.groups},
        **{f'exposures "{each.name}"': each.coefficients for each in ours.exposures},
        **{f'tilts "{each.name}"': each.coefficients for each in ours.tilts},
    }
    for key, symbols in named.items():
        if strangers := sorted(set(symbols) - set(of.weights)):
            said = f"no target has {', '.join(strangers)}: it counts only while it is held"
            yield f"optimizer.{key}", said


def _no_coefficient(of: Subject) -> Told:
    """A name without a coefficient counts as zero, and its limit does not see it."""
    for each in of.table.optimizer.exposures:
        if bare := sorted(set(of.weights) - set(each.coefficients)):
            said = f"no coefficient of {', '.join(bare)}: they count as zero"
            yield f'optimizer.exposures "{each.name}"', said


def _too_slow(of: Subject) -> Told:
    """A plan that took longer to make than it may be old is never carried out."""
    ours, limit = of.table.optimizer.seconds, of.limits.snapshot_age_seconds
    acts = of.table.mode in {Mode.AUTO, Mode.AUTO_CRITICAL}
    if acts and ours >= limit:
        said = f"{ours} s, where limits.snapshot_age_seconds refuses plans older than {limit} s"
        yield "optimizer.seconds", said


def _slow_code(of: Subject) -> Told:
    """Code of the owner's own is asked before the search, and its time counts too."""
    target, limit = of.table.target, of.limits.snapshot_age_seconds
    is_own = isinstance(target.strategy, Reference) or isinstance(target.means, Reference)
    acts = of.table.mode in {Mode.AUTO, Mode.AUTO_CRITICAL}
    both = target.code.seconds + of.table.optimizer.seconds
    if acts and is_own and both >= limit > of.table.optimizer.seconds:
        said = f"with optimizer.seconds up to {both} s, where limits.snapshot_age_seconds refuses"
        yield "target.code.seconds", f"{said} plans older than {limit} s"


def _unharvestable(of: Subject) -> Told:
    """What is sold at a loss stays sold for 31 days, unless something stands in for it."""
    is_on = "harvest" in of.table.model_fields_set and of.table.harvest.enabled
    if is_on and not of.household.substitutes:
        yield "harvest", "its household names no substitutes: without one nothing is harvested"


CAUTIONS: Mapping[str, Callable[[Subject], Told]] = {
    "limit-loosened": _loosened,
    "live-without-approval": _alone,
    "collar-over-limit": _wide_collar,
    "not-on-tape": _off_tape,
    "sent-too-often": _worked_on,
    "waits-for-auction": _waits_long,
    "trades-too-often": _too_often,
    "immediate": _immediate,
    "not-labelled": _unlabelled,
    "not-a-target": _untargeted,
    "no-coefficient": _no_coefficient,
    "search-too-slow": _too_slow,
    "code-too-slow": _slow_code,
    "no-substitutes": _unharvestable,
}


def cautions(name: str, of: Subject) -> Iterator[Caution]:
    """All that the owner of account ``name`` should know of."""
    for caution, tell in CAUTIONS.items():
        for key, text in tell(of):
            yield Caution(caution, f"accounts.{name}.{key}", text)
