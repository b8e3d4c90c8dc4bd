"""The calendar: what may not be bought or harvested, from which day to which, and why."""

from datetime import date

import pytest
from harvest_account import TODAY, ledger

from strategies.harvest import calendar

OLD = "2025-02-03 main buys 100 VTI at 100 as A"

CASES = {
    "a loss shuts its name out for thirty days, in every account": (
        f"{OLD}\n2026-11-02 main sells 10 VTI at 80 as A",
        ["VTI buy 2026-11-02 2026-12-02 main"],
    ),
    "and what is identical to it": (
        """2025-02-03 main buys 10 VOO at 500 as A
        2026-11-02 main sells 10 VOO at 400 as A""",
        ["IVV buy 2026-11-02 2026-12-02 main", "VOO buy 2026-11-02 2026-12-02 main"],
    ),
    "the thirtieth day is the last": (
        f"{OLD}\n2026-10-21 main sells 10 VTI at 80 as A",
        ["VTI buy 2026-10-21 2026-11-20 main"],
    ),
    "the thirty-first is free": (f"{OLD}\n2026-10-20 main sells 10 VTI at 80 as A", []),
    "a gain shuts nothing out": (f"{OLD}\n2026-11-02 main sells 10 VTI at 120 as A", []),
    "a purchase in an IRA would take a loss for good": (
        f"{OLD}\n2026-11-02 ira buys 5 VTI at 80 as R",
        ["VTI harvest 2026-11-02 2026-12-02 ira"],
    ),
    "alone it takes nothing from anybody": ("2026-11-02 main buys 5 VTI at 80 as R", []),
    "an IRA has no losses": (
        "2025-02-03 ira buys 5 VTI at 80 as R\n2026-11-02 ira buys 5 VTI at 80 as S",
        [],
    ),
    "what replaced a loss already takes no other": (
        f"""{OLD}
        2026-11-02 main sells 5 VTI at 80 as A
        2026-11-03 hers buys 5 VTI at 80 as R""",
        [],
    ),
    "a lot that is soon long-term": (
        "2025-12-01 main buys 5 VTI at 80 as R",
        ["VTI sell 2025-12-01 2026-12-01 main"],
    ),
    "not one that is so in three months": ("2026-02-23 main buys 5 VTI at 80 as R", []),
}


@pytest.mark.parametrize("name", CASES)
def test_the_days(name: str) -> None:
    text, expected = CASES[name]
    rows = [
        f"{one.symbol} {one.forbids.split()[0]} {one.first} {one.until} {one.account}"
        for one in calendar(ledger(text), TODAY)
    ]
    assert rows == expected


def test_why() -> None:
    text = f"""{OLD}
    2026-11-02 main sells 10 VTI at 80 as A
    2026-11-04 ira buys 4 VTI at 80 as R
    2026-11-05 hers buys 9 VTI at 80 as H"""
    said = {one.account: one.why for one in calendar(ledger(text), TODAY)}
    assert said == {
        "hers": "3 VTI bought in hers on 2026-11-05: a loss on other shares moves into their basis"
    }, "ten shares are replaced by the first ten bought"
    lone = calendar(ledger(f"{OLD}\n2026-11-04 ira buys 4 VTI at 80 as R"), TODAY)
    assert lone[0].why == (
        "4 VTI bought in ira on 2026-11-04, which is ira: a loss is lost for good"
    )
    sold = calendar(ledger(f"{OLD}\n2026-11-02 main sells 10 VTI at 80 as A"), date(2026, 11, 3))
    assert sold[0].why == (
        "10 VTI sold in main on 2026-11-02: a buy takes up to 200.00 USD of loss away"
    )
