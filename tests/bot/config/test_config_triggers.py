"""The table of triggers: what it becomes, and every mistake in it by its place."""

from decimal import Decimal

import pytest
from config_texts import GOOD, read, said

from bot.config.digest import policy_digest
from bot.config.triggers_table import TriggersTable
from strategies.policy.trend import TrendPolicy
from strategies.policy.triggers import Action, Triggers

D = Decimal
TABLE = "[accounts.ira.triggers]\n"
ALL = """\
[accounts.ira.triggers]
band = "full"
single = "partial"
concentration = "none"
calendar = "partial"
tracking_error = "partial"
volatility = "none"
value_at_risk = "full"
groups = "immediate"
exposures = "partial"
drift = "partial"
drift_max = 0.15
crisis = "immediate"
crisis_drift_max = 0.08
correlation = "full"
correlation_change_max = 0.4
correlation_days = 40
trend_delay_days = 20
trend_drift_max = 0.02
[accounts.ira.schedule]
period = "monthly"
[accounts.ira.optimizer]
tracking_error_max = 0.02
value_at_risk_max = 0.016
[[accounts.ira.optimizer.groups]]
name = "A"
members = ["AAPL"]
max = 0.7
[[accounts.ira.optimizer.exposures]]
name = "beta"
coefficients = { AAPL = 1.2, MSFT = 1.0 }
max = 1.2
"""


def test_every_key_reaches_the_policy() -> None:
    (account,) = read(GOOD + ALL).accounts
    assert account.policy.triggers == Triggers(
        band=Action.FULL,
        single=Action.PARTIAL,
        concentration=Action.NONE,
        calendar=Action.PARTIAL,
        tracking_error=Action.PARTIAL,
        volatility=Action.NONE,
        value_at_risk=Action.FULL,
        groups=Action.IMMEDIATE,
        exposures=Action.PARTIAL,
        drift=Action.PARTIAL,
        drift_max=D("0.15"),
        crisis=Action.IMMEDIATE,
        crisis_drift_max=D("0.08"),
        correlation=Action.FULL,
        correlation_change_max=D("0.4"),
        correlation_days=40,
    )
    assert account.policy.trend == TrendPolicy(20, D("0.02"))
    written = set(TriggersTable.model_fields)
    assert all(f"\n{key} = " in ALL for key in written), "a key that is not tried"


def test_nothing_said_is_the_same_policy_as_ever() -> None:
    (account,) = read(GOOD).accounts
    assert account.policy.triggers == Triggers()
    assert account.policy.trend == TrendPolicy()
    same = read(GOOD + TABLE + 'band = "partial"\ngroups = "warn"\n').accounts[0]
    assert policy_digest(same.policy) == policy_digest(account.policy)
    other = read(GOOD + TABLE + 'groups = "none"\n').accounts[0]
    assert policy_digest(other.policy) != policy_digest(account.policy)


def test_it_is_set_from_outside_too() -> None:
    environ = {"TRIMTAB_ACCOUNTS__IRA__TRIGGERS__BAND": "warn"}
    flags = {"accounts.ira.triggers.drift_max": "0.2"}
    (account,) = read(GOOD, environ, flags).accounts
    assert account.policy.triggers.band is Action.WARN
    assert account.policy.triggers.drift_max == D("0.2")


ACTIONS = '"none", "warn", "partial", "full" or "immediate"'
BAD = [
    ('band = "half"', f"must be {ACTIONS}"),
    ("drift_max = 15", "must be a number from 0.001 to 1"),
    ("correlation_days = 10", "must be a whole number from 20 to 120"),
    ("trend_delay_days = 400", "must be a whole number from 0 to 120"),
    ('volatility = "partial"', "is never pulled: set optimizer.volatility_max"),
    ('tracking_error = "full"', "is never pulled: set optimizer.tracking_error_max"),
    ('groups = "immediate"', "is never pulled: set optimizer.groups"),
    ('exposures = "full"', "is never pulled: set optimizer.exposures"),
    ('calendar = "full"', "is never pulled: set schedule.period"),
    ('crisis = "immediate"', "is never pulled: set triggers.crisis_drift_max"),
    ('correlation = "partial"', "is never pulled: set triggers.correlation_change_max"),
    (
        "drift_max = 0.05\ncrisis_drift_max = 0.08",
        "must be at most drift_max, which is 0.05: a crisis allows less",
    ),
    (
        'single = "full"\n[accounts.ira.bands]\nsingle = "off"',
        "is never pulled: set bands.single",
    ),
    ('drifts = "full"', "drift"),
]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_a_mistake_is_told_with_its_line(text: str, problem: str) -> None:
    (mistake,) = said(GOOD + TABLE + text + "\n")
    assert problem in mistake
    assert "accounts.ira" in mistake
    assert "config.toml:7" in mistake or "config.toml:8" in mistake


@pytest.mark.parametrize("text", ['volatility = "warn"', 'single = "none"', 'drift = "none"'])
def test_what_waits_for_nothing_but_does_nothing_is_no_mistake(text: str) -> None:
    assert not said(GOOD + TABLE + text + "\n")


def test_what_is_immediate_brings_a_caution() -> None:
    config = read(GOOD + TABLE + 'single = "immediate"\n')
    (found,) = [str(caution) for caution in config.warnings if "triggers.single" in str(caution)]
    assert "cycles_per_10_sessions" in found
    assert not read(GOOD + TABLE + 'single = "full"\n').warnings
