"""The owner's wishes: as the config has them, with what the command line says in their place."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.exits import WrongUse
from bot.cli.harvesting.substitutes import Listed, read_substitutes
from strategies.harvest import Wishes
from strategies.policy import Policy
from strategies.policy.taxpayer import Filing, HarvestPolicy, Taxpayer

if TYPE_CHECKING:
    from bot.config.settings import HouseholdSettings

NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, understood."""

    wishes: Wishes
    taxpayer: Taxpayer
    listed: Listed


@dataclass(frozen=True, slots=True)
class Words:
    """The options as they were typed; None where the config's word stands."""

    net_min: str | None = None
    fall_min: str | None = None
    horizon: str | None = None
    growth: str | None = None
    discount: str | None = None
    carryover_short: str | None = None
    carryover_long: str | None = None
    filing: str | None = None
    may_defer: bool | None = None
    substitutes: Path | None = None

    def over(self, policy: Policy, settings: "HouseholdSettings") -> Wanted:
        """Over what an account and its household say; ``WrongUse`` where one is not understood."""
        payer = self._taxpayer(policy.taxpayer)
        listed = dict(settings.substitutes)
        if self.substitutes is not None:
            listed = dict(read_substitutes(self.substitutes))
        wishes = self._wishes(policy.harvest or HarvestPolicy(), may_defer=payer.may_defer)
        return Wanted(wishes, payer, listed)

    def _wishes(self, known: HarvestPolicy, *, may_defer: bool) -> Wishes:
        horizon = self.horizon
        return Wishes(
            horizon_years=known.horizon_years if horizon is None else _years(horizon),
            growth=_number("--growth", self.growth, known.growth, above=-1),
            discount=_number("--discount", self.discount, known.discount, above=-1),
            net_min=_number("--min", self.net_min, known.net_min),
            fall_min=_number("--min-fall", self.fall_min, known.fall_min),
            may_defer=may_defer,
        )

    def _taxpayer(self, known: Taxpayer) -> Taxpayer:
        short, long = known.carryover_short, known.carryover_long
        return replace(
            known,
            filing=known.filing if self.filing is None else _filing(self.filing),
            carryover_short=_number("--carryover-short", self.carryover_short, short),
            carryover_long=_number("--carryover-long", self.carryover_long, long),
            may_defer=known.may_defer if self.may_defer is None else self.may_defer,
        )


def _years(horizon: str) -> Decimal | None:
    return None if horizon.lower() == NEVER else _number("--horizon", horizon, Decimal(0))


def _filing(word: str) -> Filing:
    known = [each.value for each in Filing]
    if word.lower() not in known:
        raise WrongUse(f"--filing {word}: there is none such", f"there is: {', '.join(known)}")
    return Filing(word.lower())


def _number(option: str, text: str | None, known: Decimal, above: int | None = None) -> Decimal:
    """The number that was typed, ``known`` where none was."""
    if text is None:
        return known
    try:
        number = Decimal(text.strip())
    except InvalidOperation as exc:
        raise WrongUse(f"{option} {text}: that is no number", "write it like 0.05") from exc
    is_low = number.is_finite() and (number < 0 if above is None else number <= above)
    if is_low or not number.is_finite():
        how = "zero or more" if above is None else f"above {above}"
        raise WrongUse(f"{option} {text}: it is {how}", "write it like 0.05")
    return number
