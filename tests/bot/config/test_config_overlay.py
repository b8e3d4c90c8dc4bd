"""What is set from outside: a flag, a variable, the file, in this order of strength."""

from decimal import Decimal

import pytest
from config_texts import GOOD, mistakes, read

from bot.config.settings import (
    Weekday,
)
from strategies.policy import (
    Mode,
)


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_file() -> None:
    text = GOOD.replace('"paper"\n', '"paper"\nmode = "auto"\n')
    environ = {"TRIMTAB_ACCOUNTS__IRA__MODE": "propose", "HOME": "/root"}
    flags = {"accounts.ira.mode": "approve"}
    assert read(text).accounts[0].policy.mode is Mode.AUTO
    assert read(text, environ).accounts[0].policy.mode is Mode.PROPOSE
    assert read(text, environ, flags).accounts[0].policy.mode is Mode.APPROVE


def test_a_variable_can_set_every_kind_of_value() -> None:
    environ = {
        "TRIMTAB_CALENDAR": "XLON",
        "TRIMTAB_MAIL__FROM": "bot@example.org",
        "TRIMTAB_MAIL__TO": "me@example.org, you@example.org",
        "TRIMTAB_MAIL__PORT": "2525",
        "TRIMTAB_ALERTS__WEEKLY_REPORT": "monday",
        "TRIMTAB_ACCOUNTS__IRA__LIVE_ACCOUNT": "1234",
        "TRIMTAB_ACCOUNTS__IRA__WORTH__ENABLED": "False",
        "TRIMTAB_ACCOUNTS__IRA__BANDS__ABSOLUTE": "off",
        "TRIMTAB_ACCOUNTS__IRA__CASH__WEIGHT": "0.02",
        "TRIMTAB_ACCOUNTS__IRA__SCHEDULE__AT": "open+1h,close-1h",
        "TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__AAPL": "0.5",
        "TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__MSFT": "0.5",
        "TRIMTAB_CONFIG": "/etc/trimtab/config.toml",
        "TRIMTAB_SECRET_NTFY": "x",
    }
    config = read(GOOD, environ)
    (account,) = config.accounts
    assert config.calendar == "XLON"
    assert config.mail.sender == "bot@example.org"
    assert config.mail.to == ("me@example.org", "you@example.org")
    assert config.mail.port == 2525
    assert config.alerts.weekly_report is Weekday.MONDAY
    assert account.live_account == "1234"
    assert account.policy.worth.enabled is False
    assert account.policy.bands.absolute is None
    assert account.policy.cash.weight == Decimal("0.02")
    assert len(account.times) == 2
    assert {weight for _, weight in account.policy.target.weights} == {Decimal("0.5")}


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"TRIMTAB_ACCOUNTS__IRA__MOD": "auto"},
            (
                "environment: TRIMTAB_ACCOUNTS__IRA__MOD: no such setting; "
                'did you mean "TRIMTAB_ACCOUNTS__IRA__MODE"?'
            ),
        ),
        (
            {"TRIMTAB_ACCOUNTS__IRA__CASH__WEIGHT": "much"},
            (
                'environment: TRIMTAB_ACCOUNTS__IRA__CASH__WEIGHT = "much": must be a number '
                "from 0 to "
                "1 (weight: share of net asset value, 0.05 is 5 %)"
            ),
        ),
        (
            {"TRIMTAB_ACCOUNTS__IRA__SCHEDULE__AT": "noon"},
            (
                'environment: TRIMTAB_ACCOUNTS__IRA__SCHEDULE__AT = "noon": must be "open+15m", '
                '"close-30m" and the like: after the open or before the close'
            ),
        ),
        (
            {"TRIMTAB_MAIL__PASSWORD": "hunter2"},
            (
                "environment: TRIMTAB_MAIL__PASSWORD: no such setting; a secret does not belong "
                "here: "
                'set TRIMTAB_SECRET_SMTP_PASSWORD, or write smtp_password = "..." into the secrets '
                "file (mode 0600)"
            ),
        ),
    ],
)
def test_a_wrong_variable_is_named(environ: dict[str, str], message: str) -> None:
    assert mistakes(GOOD, environ) == message


def test_a_variable_that_stands_for_two_keys_is_refused() -> None:
    text = GOOD.replace("MSFT", '"BRK.A"').replace("AAPL", "BRK-A")
    assert mistakes(text, {"TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__BRK_A": "1"}) == (
        "environment: TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__BRK_A: stands for "
        'accounts.ira.target.weights.BRK-A and accounts.ira.target.weights."BRK.A"'
    )


def test_a_wrong_flag_is_named() -> None:
    flags = {"accounts.ira.mode": "never", "accounts.b.mode": "auto"}
    assert mistakes(GOOD, {}, flags).splitlines() == [
        'command line: accounts.b.mode: no such setting; did you mean "accounts.ira.mode"?',
        (
            'command line: accounts.ira.mode = "never": must be "propose", "approve", '
            '"auto-critical" '
            'or "auto"'
        ),
    ]


def test_a_variable_cannot_reach_into_what_is_no_table() -> None:
    environ = {"TRIMTAB_ACCOUNTS__IRA__BANDS__ABSOLUTE": "0.1"}
    text = GOOD.replace('"paper"\n', '"paper"\nbands = 5\n')
    assert mistakes(text, environ) == (
        "/etc/trimtab/config.toml:3: accounts.ira.bands = 5: must be a table"
    )
    assert mistakes("accounts.ira = 5", environ) == (
        "/etc/trimtab/config.toml:1: accounts.ira = 5: must be a table"
    )


def test_a_variable_does_not_hide_a_mistake_of_the_file() -> None:
    text = 'mail = "me"\n' + GOOD
    assert mistakes(text, {"TRIMTAB_MAIL__TO": "me@example.org"}) == (
        'config.toml:1: mail = "me": must be a table'.replace("config", "/etc/trimtab/config")
    )
