"""What comes out of a config: the policy, the limits, the broker, the times."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config.mistakes import ConfigError
from bot.config.read import load, read_text
from bot.config.settings import AtSession, Config, Every, Keyring, Security, Weekday
from bot.limits import PROFILES, Limits, Profile
from brokers.settings import ManualSettings, PaperSettings
from brokers.words import AccountId, Currency, Environment, Relief, Symbol
from strategies.policy import Aim, Corridor, Mode, Period, Policy, Target, TaxKind

LEAST = """\
[accounts.ira]
broker = "paper"
[accounts.ira.target.weights]
MSFT = 0.4
AAPL = 0.6
"""
WEIGHTS = ((Symbol("AAPL"), Decimal("0.6")), (Symbol("MSFT"), Decimal("0.4")))


def read(
    text: str, environ: dict[str, str] | None = None, flags: dict[str, str] | None = None
) -> Config:
    return read_text(text, Path("/etc/trimtab/config.toml"), environ or {}, flags)


def mistakes(text: str, environ: dict[str, str], flags: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, environ, flags)
    return str(caught.value)


def test_what_is_not_written_is_the_default_of_the_policy_and_the_profile() -> None:
    (account,) = read(LEAST).accounts
    assert account.policy == Policy(AccountId("ira"), Target("fixed", WEIGHTS))
    assert account.limits == PROFILES[Profile.PERSON]
    assert account.broker == PaperSettings(Path("/etc/trimtab/state/paper-ira.db"))
    assert (account.environment, account.live_account) == (Environment.PAPER, None)
    assert account.times == (AtSession("open", timedelta(minutes=15)),)
    assert account.every is None


def test_paths_start_from_the_folder_of_the_config() -> None:
    config = read('book = "b.db"\nstate_dir = "/var/lib/trimtab"\n' + LEAST)
    assert config.book_url == "/etc/trimtab/b.db"
    assert config.state_dir == Path("/var/lib/trimtab")
    assert config.mail.outbox == Path("/etc/trimtab/outbox")
    assert config.secrets == Path("/etc/trimtab/secrets.toml")
    assert isinstance(config.accounts[0].broker, PaperSettings)
    assert config.accounts[0].broker.ledger == Path("/var/lib/trimtab/paper-ira.db")


def test_a_postgres_book_and_a_keyring_are_kept_as_they_are() -> None:
    config = read('book = "postgresql://me@host/trimtab"\nsecrets = "keyring"\n' + LEAST)
    assert config.book_url == "postgresql://me@host/trimtab"
    assert config.secrets == Keyring("trimtab")


EVERYTHING = """\
calendar = "XLON"
[mail]
host = "mail.example.org"
security = "tls"
username = "me"
from = "bot@example.org"
to = "me@example.org"
notify = "secret:ntfy"
[alerts]
drift_warning = 0.02
weekly_report = "off"
[accounts.family]
broker = "manual"
environment = "live"
live_account = "U1234567"
mode = "auto-critical"
profile = "adviser"
critical_drift = 0.08
[accounts.family.manual]
folder = "family"
base = "EUR"
[accounts.family.target]
strategy = "equal"
symbols = ["KO", "PG", "BRK.B", "XOM"]
[accounts.family.schedule]
every = "1h"
period = "quarterly"
cooldown_days = 3
[accounts.family.bands]
absolute = "off"
relative = 0.2
aim = "edge"
single = "off"
concentration = 2
[accounts.family.bands.corridors]
"BRK.B" = { low = 0.2, high = 0.3 }
[accounts.family.cash]
weight = 0.02
band = 0.005
reserve = 1234.56
[accounts.family.costs]
commission_per_share = 0.005
commission_min = 1
sec_fee_rate = 0.00002
taf_per_share = 0.0001
taf_max = 8
impact = 0.9
[accounts.family.worth]
gamma = 4
horizon_days = 126
enabled = false
[accounts.family.tax]
kind = "roth"
short_rate = 0.4
long_rate = 0.2
relief = "hifo"
[accounts.family.orders]
limit_fraction = 0.5
collar = 0.005
value_min = 100
fractional = false
work_seconds = 300
[accounts.family.approval]
valid_hours = 1.5
price_move_max = 0.02
[accounts.family.limits]
cash_floor = 500
"""


def test_every_key_arrives_in_its_place() -> None:
    config = read(EVERYTHING)
    (account,) = config.accounts
    policy = account.policy
    assert config.calendar == "XLON"
    assert (config.mail.host, config.mail.port) == ("mail.example.org", 465)
    assert config.mail.security is Security.TLS
    assert (config.mail.username, config.mail.sender) == ("me", "bot@example.org")
    assert (config.mail.to, config.mail.notify) == (("me@example.org",), ("ntfy",))
    assert config.alerts.drift_warning == Decimal("0.02")
    assert config.alerts.weekly_report is None
    assert account.broker == ManualSettings(Path("/etc/trimtab/family"), Currency("EUR"))
    assert (account.environment, account.live_account) == (Environment.LIVE, "U1234567")
    assert (account.times, account.every) == ((), Every(60))
    assert policy.mode is Mode.AUTO_CRITICAL
    assert policy.critical_drift == Decimal("0.08")
    assert policy.target.strategy == "equal"
    assert [symbol for symbol, _ in policy.target.weights] == ["BRK.B", "KO", "PG", "XOM"]
    assert {weight for _, weight in policy.target.weights} == {Decimal("0.25")}
    assert (policy.schedule.period, policy.schedule.cooldown_days) == (Period.QUARTERLY, 3)
    assert (policy.bands.absolute, policy.bands.single) == (None, None)
    assert (policy.bands.relative, policy.bands.aim) == (Decimal("0.2"), Aim.EDGE)
    assert policy.bands.concentration == 2
    assert policy.bands.corridors == (("BRK.B", Corridor(Decimal("0.2"), Decimal("0.3"))),)
    assert (policy.cash.weight, policy.cash.band) == (Decimal("0.02"), Decimal("0.005"))
    assert policy.cash.reserve == Decimal("1234.56")
    assert policy.costs.commission_per_share == Decimal("0.005")
    assert (policy.costs.commission_min, policy.costs.taf_max) == (1, 8)
    assert policy.costs.sec_fee_rate == Decimal("0.00002")
    assert policy.costs.taf_per_share == Decimal("0.0001")
    assert policy.costs.impact == Decimal("0.9")
    assert (policy.worth.gamma, policy.worth.horizon_days) == (4, 126)
    assert policy.worth.enabled is False
    assert (policy.tax.kind, policy.tax.relief) == (TaxKind.ROTH, Relief.HIFO)
    assert (policy.tax.short_rate, policy.tax.long_rate) == (Decimal("0.4"), Decimal("0.2"))
    assert policy.orders.limit_fraction == Decimal("0.5")
    assert (policy.orders.collar, policy.orders.value_min) == (Decimal("0.005"), 100)
    assert (policy.orders.fractional, policy.orders.work_seconds) == (False, 300)
    assert policy.approval.valid_for == timedelta(minutes=90)
    assert policy.approval.price_move_max == Decimal("0.02")
    assert account.limits.cash_floor == 500
    assert account.limits.order_usd_max is None


def test_numbers_are_read_exactly() -> None:
    (account,) = read(LEAST + "[accounts.ira.cash]\nweight = 0.0123456789\n").accounts
    assert account.policy.cash.weight == Decimal("0.0123456789")


def test_times_of_the_session_count_from_its_edges() -> None:
    text = LEAST + '[accounts.ira.schedule]\nat = ["open+1h", "close-30m"]\n'
    assert read(text).accounts[0].times == (
        AtSession("open", timedelta(hours=1)),
        AtSession("close", timedelta(minutes=-30)),
    )


MODEL = "symbol,weight\nMSFT,0.4\n\n AAPL , 0.6\n"
FROM_FILE = """\
[accounts.ira]
broker = "paper"
[accounts.ira.target]
file = "model.csv"
"""


def test_weights_may_stand_in_a_file_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FROM_FILE)
    (tmp_path / "model.csv").write_text(MODEL)
    config = load(tmp_path / "config.toml", {})
    assert config.accounts[0].policy.target == Target("fixed", WEIGHTS)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("AAPL,1\n", "model.csv:1: must begin with the header symbol,weight"),
        ("", "model.csv:1: must begin with the header symbol,weight"),
        ("symbol,weight\naapl,1\n", 'model.csv:2:  = "aapl,1": the symbol must be 1 to 12 capital'),
        ("symbol,weight\nAAPL\n", "must be a symbol, a comma and a weight"),
        ("symbol,weight\nAAPL,1\nAAPL,1\n", "model.csv:3:"),
        ("symbol,weight\nAAPL,60%\n", "the weight must be a number from 0 to 1 (0.05 is 5 %)"),
        ("symbol,weight\nAAPL,nan\n", "the weight must be a number from 0 to 1 (0.05 is 5 %)"),
        ("symbol,weight\nAAPL,0.5\n", "config.toml:4: accounts.ira.target.file: sum to 0.5, must"),
    ],
)
def test_a_wrong_model_file_is_named_with_its_line(
    model: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(FROM_FILE)
    (tmp_path / "model.csv").write_text(model)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml", {})
    assert len(caught.value.mistakes) == 1
    assert message.replace("  = ", " ") in str(caught.value)


def test_a_missing_or_binary_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FROM_FILE)
    with pytest.raises(ConfigError, match=r"model\.csv: cannot be read: No such file"):
        load(tmp_path / "config.toml", {})
    (tmp_path / "model.csv").write_bytes(b"symbol,weight\n\xff,1\n")
    with pytest.raises(ConfigError, match=r"model\.csv: is not UTF-8 text \(byte 14\)"):
        load(tmp_path / "config.toml", {})


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_file() -> None:
    text = LEAST.replace('"paper"\n', '"paper"\nmode = "auto"\n')
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
    config = read(LEAST, environ)
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
            "environment: TRIMTAB_ACCOUNTS__IRA__MOD: no such setting; "
            'did you mean "TRIMTAB_ACCOUNTS__IRA__MODE"?',
        ),
        (
            {"TRIMTAB_ACCOUNTS__IRA__CASH__WEIGHT": "much"},
            'environment: TRIMTAB_ACCOUNTS__IRA__CASH__WEIGHT = "much": must be a number from 0 to '
            "1 (weight: share of net asset value, 0.05 is 5 %)",
        ),
        (
            {"TRIMTAB_ACCOUNTS__IRA__SCHEDULE__AT": "noon"},
            'environment: TRIMTAB_ACCOUNTS__IRA__SCHEDULE__AT = "noon": must be "open+15m", '
            '"close-30m" and the like: after the open or before the close',
        ),
        (
            {"TRIMTAB_MAIL__PASSWORD": "hunter2"},
            "environment: TRIMTAB_MAIL__PASSWORD: no such setting; a secret does not belong here: "
            'set TRIMTAB_SECRET_SMTP_PASSWORD, or write smtp_password = "..." into the secrets '
            "file (mode 0600)",
        ),
    ],
)
def test_a_wrong_variable_is_named(environ: dict[str, str], message: str) -> None:
    assert mistakes(LEAST, environ) == message


def test_a_variable_that_stands_for_two_keys_is_refused() -> None:
    text = LEAST.replace("MSFT", '"BRK.A"').replace("AAPL", "BRK-A")
    assert mistakes(text, {"TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__BRK_A": "1"}) == (
        "environment: TRIMTAB_ACCOUNTS__IRA__TARGET__WEIGHTS__BRK_A: stands for "
        'accounts.ira.target.weights."BRK.A" and accounts.ira.target.weights.BRK-A'
    )


def test_a_wrong_flag_is_named() -> None:
    flags = {"accounts.ira.mode": "never", "accounts.b.mode": "auto"}
    assert mistakes(LEAST, {}, flags).splitlines() == [
        'command line: accounts.b.mode: no such setting; did you mean "accounts.ira.mode"?',
        'command line: accounts.ira.mode = "never": must be "propose", "approve", "auto-critical" '
        'or "auto"',
    ]


def test_a_variable_does_not_hide_a_mistake_of_the_file() -> None:
    text = 'mail = "me"\n' + LEAST
    assert mistakes(text, {"TRIMTAB_MAIL__TO": "me@example.org"}) == (
        'config.toml:1: mail = "me": must be a table'.replace("config", "/etc/trimtab/config")
    )


LOOSER = [
    # profile   limit                       usual    tighter  looser
    ("person", "order_usd_max", "25000", "1000", "25001"),
    ("person", "order_usd_max", "25000", "1000", '"off"'),
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
    text = LEAST.replace('"paper"\n', f'"paper"\nprofile = "{profile}"\n')
    text += "[accounts.ira.limits]\n"
    assert read(f"{text}{limit} = {usual}").warnings == ()
    assert read(f"{text}{limit} = {tighter}").warnings == ()
    (caution,) = read(f"{text}{limit} = {looser}").warnings
    assert (caution.name, caution.key) == ("limit-loosened", f"accounts.ira.limits.{limit}")


def test_a_desk_has_no_largest_order_and_may_be_given_one() -> None:
    text = LEAST.replace('"paper"\n', '"paper"\nprofile = "desk"\n')
    config = read(text + "[accounts.ira.limits]\norder_usd_max = 5000\n")
    assert config.accounts[0].limits.order_usd_max == 5000
    assert config.warnings == ()


def test_the_owner_is_told_of_what_may_surprise() -> None:
    text = (
        LEAST.replace("AAPL", "VTI")
        + '[accounts.b]\nbroker = "manual"\nenvironment = "live"\nlive_account = "U1"\n'
        + 'mode = "auto"\norders.collar = 0.05\n[accounts.b.target.weights]\nVTI = 1\n'
    )
    assert [str(caution) for caution in read(text).warnings] == [
        "not-on-tape: accounts.ira.target: the tape us20 has no prices of VTI",
        "live-without-approval: accounts.b.mode: real orders leave without a person's approval",
        "collar-over-limit: accounts.b.orders.collar: 0.05 is over limits.collar, 0.03: "
        "such orders are refused",
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
    from dataclasses import fields

    from bot.config.limits_table import LimitsTable

    assert list(LimitsTable.model_fields) == [item.name for item in fields(Limits)]
