"""Short-term or long-term by the calendar, leap days in it, and six months by the same count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.lots import first_long_day
from strategies.taxes.term import Term, days_to_long, is_six_months_or_less, term

# Publication 550, "Holding Period": bought on 7 February 2023, it is short-term on 7 February
# 2024 and long-term on the 8th. 365 days are not enough. Rev. Rul. 66-7: what was bought on the
# last day of February is counted from 1 March.
TERMS = """
bought      sold        term
2023-02-07  2024-02-07  short
2023-02-07  2024-02-08  long
2023-01-03  2024-01-03  short
2023-02-28  2024-02-29  short
2023-02-28  2024-03-01  long
2024-02-28  2025-02-28  short
2024-02-28  2025-03-01  long
2024-02-29  2025-02-28  short
2024-02-29  2025-03-01  long
2023-12-31  2024-12-31  short
2023-12-31  2025-01-01  long
2024-08-30  2025-08-30  short
2024-08-30  2025-08-31  long
"""

SIX_MONTHS = """
bought      sold        six months or less
2024-01-01  2024-07-01  yes
2024-01-01  2024-07-02  no
2024-08-30  2025-02-28  yes
2024-08-30  2025-03-01  no
2024-08-31  2025-02-28  yes
2024-08-31  2025-03-01  no
2024-02-29  2024-08-31  yes
2024-02-29  2024-09-01  no
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()[1:]]


def days(bought: str, sold: str) -> tuple[date, date]:
    return date.fromisoformat(bought), date.fromisoformat(sold)


@pytest.mark.parametrize(("bought", "sold", "said"), rows(TERMS))
def test_a_holding_is_long_term_after_its_anniversary(bought: str, sold: str, said: str) -> None:
    assert term(*days(bought, sold)) == said


@pytest.mark.parametrize(("bought", "sold", "said"), rows(SIX_MONTHS))
def test_six_months_are_counted_alike(bought: str, sold: str, said: str) -> None:
    assert is_six_months_or_less(*days(bought, sold)) == (said == "yes")


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 800))
def test_the_term_turns_once_and_is_counted_down_to(bought: date, later: int) -> None:
    """A purchase a day later is never long-term a day earlier; what is left runs out on the day."""
    today = bought + timedelta(days=later)
    left = days_to_long(bought, today)
    assert (term(bought, today) is Term.LONG) == (left == 0)
    if left:
        assert term(bought, today + timedelta(days=left)) is Term.LONG
        assert term(bought, today + timedelta(days=left - 1)) is Term.SHORT
    assert first_long_day(bought) <= first_long_day(bought + timedelta(days=1))
    assert (first_long_day(bought) - bought).days in (366, 367)
