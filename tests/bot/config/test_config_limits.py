"""Limits that are tightened and loosened, and accounts that stand beside each other."""

from dataclasses import fields

import pytest
from config_texts import GOOD, mistakes, read

from bot.config.limits_table import LimitsTable
from bot.limits import Limits

LOOSER = [
    # profile   limit                       usual    tighter  looser
    ("person", "order_weight_max", "0.05", "0.04", "0.06"),
    ("person", "reversal_sessions", "5", "6", "4"),
    ("person", "repeats_per_session", "1", "1", "2"),
    ("person", "collar", "0.03", "0.02", "0.04"),
    ("person", "cash_floor", "100", "101", "99"),
    ("person", "cash_floor_weight", "0.005", "0.01", "0.004"),
    ("person", "after_open_minutes", "5", "6", "4"),
    ("person", "before_close_minutes", "15", "16", "14"),
    ("person", "disk_free_mib", "64", "65", "63"),
    ("person", "quote_age_seconds", "15", "14", "16"),
    ("desk", "orders_per_cycle", "1200", "60", "1201"),
]


@pytest.mark.parametrize(("profile", "limit", "usual", "tighter", "looser"), LOOSER)
def test_a_limit_is_tightened_freely_and_loosened_with_a_warning(
    profile: str, limit: str, usual: str, tighter: str, looser: str
) -> None:
    text = GOOD.replace('"paper"\n', f'"paper"\nprofile = "{profile}"\n')
    text += "[accounts.ira.limits]\n"
    assert read(f"{text}{limit} = {usual}").warnings == ()
    assert read(f"{text}{limit} = {tighter}").warnings == ()
    (caution,) = read(f"{text}{limit} = {looser}").warnings
    assert (caution.name, caution.key) == ("limit-loosened", f"accounts.ira.limits.{limit}")


@pytest.mark.parametrize("profile", ["person", "adviser", "desk"])
def test_no_sum_is_the_largest_order_unless_one_is_set(profile: str) -> None:
    text = GOOD.replace('"paper"\n', f'"paper"\nprofile = "{profile}"\n')
    assert read(text).accounts[0].limits.order_usd_max is None
    config = read(text + "[accounts.ira.limits]\norder_usd_max = 5000\n")
    assert config.accounts[0].limits.order_usd_max == 5000
    assert config.warnings == ()


def test_the_owner_is_told_of_what_may_surprise() -> None:
    text = (
        GOOD.replace("AAPL", "VTI")
        + '[accounts.b]\nbroker = "manual"\nenvironment = "live"\nlive_account = "U1"\n'
        + 'mode = "auto"\norders.collar = 0.05\n[accounts.b.target.weights]\nVTI = 1\n'
    )
    assert [str(caution) for caution in read(text).warnings] == [
        "not-on-tape: accounts.ira.target: the tape us20 has no prices of VTI",
        "live-without-approval: accounts.b.mode: real orders leave without a person's approval",
        (
            "collar-over-limit: accounts.b.orders.collar: 0.05 is over limits.collar, 0.03: "
            "such orders are refused"
        ),
    ]


TWO = """\
[accounts.a]
broker = "{broker}"
{line}
[accounts.a.target.weights]
KO = 1
[accounts.b]
broker = "{broker}"
{line}
[accounts.b.target.weights]
KO = 1
"""


@pytest.mark.parametrize(
    ("broker", "line", "key"),
    [
        ("paper", 'paper.ledger = "same.db"', "paper.ledger"),
        ("manual", 'manual.folder = "same"', "manual.folder"),
        ("manual", 'live_account = "U1"', "live_account"),
    ],
)
def test_two_accounts_do_not_share_what_they_hold(broker: str, line: str, key: str) -> None:
    message = mistakes(TWO.format(broker=broker, line=line), {})
    assert message.startswith(f"/etc/trimtab/config.toml:8: accounts.b.{key} = ")
    assert message.endswith("belongs to account a already")


def test_every_limit_can_be_set() -> None:
    assert list(LimitsTable.model_fields) == [item.name for item in fields(Limits)]
