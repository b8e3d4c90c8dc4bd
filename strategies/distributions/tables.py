"""Over how many years a retirement account is paid out: the tables in force since 2022.

The Uniform Lifetime Table (26 CFR 1.401(a)(9)-9(c); Publication 590-B, Table III) is for everyone
but an owner whose sole beneficiary, all year, is a spouse more than ten years younger: then it is
the Joint and Last Survivor Table (1.401(a)(9)-9(d); Table II). The latter is worked out from the
mortality rates of paragraph (e) as the Treasury did: the expected whole years until the second
death, with 11/24 of a year for the one in which it comes (payments by the month), rounded to a
tenth. In the same way every entry of the other two tables comes out, which a test holds.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from brokers.words import ZERO
from strategies.distributions.mortality import LAST_AGE, RATES
from strategies.taxes.errors import BadTax

FIRST_AGE = 72
"""Nobody who must take a distribution since 2022 is younger."""

TENTH = Decimal("0.1")
ONE = Decimal(1)
MONTHLY = Decimal(11) / Decimal(24)

_TENTHS = (
    (274, 265, 255, 246, 237, 229, 220, 211),  # 72 to 79
    (202, 194, 185, 177, 168, 160, 152, 144, 137, 129),
    (122, 115, 108, 101, 95, 89, 84, 78, 73, 68),
    (64, 60, 56, 52, 49, 46, 43, 41, 39, 37),  # 100 to 109
    (35, 34, 33, 31, 30, 29, 28, 27, 25, 23),
    (20,),  # 120 and over
)
UNIFORM = tuple(Decimal(period).scaleb(-1) for row in _TENTHS for period in row)


def uniform(age: int) -> Decimal:
    """Distribution period at the ``age`` reached in the year, from 72 on."""
    if age < FIRST_AGE:
        raise BadTax(f"there is no distribution period at {age}", f"it begins at {FIRST_AGE}")
    return UNIFORM[min(age, LAST_AGE) - FIRST_AGE]


def joint(age: int, spouse: int) -> Decimal:
    """Distribution period of an owner and a spouse, at the ages that both reach in the year."""
    if min(age, spouse) < 0:
        raise BadTax("an age is below zero", "ages are those reached in the year")
    one, other = _alive(min(age, LAST_AGE)), _alive(min(spouse, LAST_AGE))
    longer = max(len(one), len(other))
    padded = zip(_padded(one, longer), _padded(other, longer), strict=True)
    either = sum((a + b - a * b for a, b in padded), ZERO)
    return (either + MONTHLY).quantize(TENTH, ROUND_HALF_UP)


def single(age: int) -> Decimal:
    """Life expectancy of one person (26 CFR 1.401(a)(9)-9(b); Table I); 1.0 at the least."""
    if age < 0:
        raise BadTax("an age is below zero", "ages are those reached in the year")
    years = sum(_alive(min(age, LAST_AGE)), ZERO)
    return max(ONE, (years + MONTHLY).quantize(TENTH, ROUND_HALF_UP))


@cache
def _alive(age: int) -> tuple[Decimal, ...]:
    """Chances of being alive one, two and more years on; nobody passes the last age."""
    chances: list[Decimal] = []
    chance = ONE
    for rate in RATES[age:LAST_AGE]:
        chance *= ONE - rate
        chances.append(chance)
    return tuple(chances)


def _padded(chances: tuple[Decimal, ...], longer: int) -> tuple[Decimal, ...]:
    return chances + (ZERO,) * (longer - len(chances))
