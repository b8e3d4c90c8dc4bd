"""What comes out of a config: the policy, the limits, the broker, the times."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from config_texts import GOOD, WEIGHTS, read

from bot.config.mistakes import ConfigError
from bot.config.read import load
from bot.config.settings import (
    AlertSettings,
    AtSession,
    Every,
    Keyring,
    MailSettings,
    Security,
)
from bot.limits import PROFILES, Profile
from brokers.settings import ManualSettings, PaperSettings
from brokers.words import AccountId, Currency, Environment, Relief, Symbol
from strategies.policy import (
    Aim,
    Approval,
    Bands,
    CashPolicy,
    Corridor,
    CostPolicy,
    Mode,
    OrderPolicy,
    Period,
    Policy,
    Schedule,
    TaxKind,
    TaxPolicy,
    WorthPolicy,
)
from strategies.policy.target import Target
from strategies.policy.working import Slicing, WorkingPolicy


def test_what_is_not_written_is_the_default_of_the_policy_and_the_profile() -> None:
    (account,) = read(GOOD).accounts
    calm = Schedule(cooldown_days=2)
    assert account.policy == Policy(AccountId("ira"), Target("fixed", WEIGHTS), schedule=calm)
    assert account.limits == PROFILES[Profile.PERSON]
    assert account.broker == PaperSettings(Path("/etc/trimtab/state/paper-ira.db"))
    assert (account.environment, account.live_account) == (Environment.PAPER, None)
    assert account.times == (AtSession("open", timedelta(minutes=15)),)
    assert account.every is None


def test_paths_start_from_the_folder_of_the_config() -> None:
    config = read('book = "b.db"\nstate_dir = "/var/lib/trimtab"\n' + GOOD)
    assert config.book_url == "/etc/trimtab/b.db"
    assert config.state_dir == Path("/var/lib/trimtab")
    assert config.mail.outbox == Path("/etc/trimtab/outbox")
    assert config.secrets == Path("/etc/trimtab/secrets.toml")
    assert isinstance(config.accounts[0].broker, PaperSettings)
    assert config.accounts[0].broker.ledger == Path("/var/lib/trimtab/paper-ira.db")


def test_a_postgres_book_and_a_keyring_are_kept_as_they_are() -> None:
    config = read('book = "postgresql://me@host/trimtab"\nsecrets = "keyring"\n' + GOOD)
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
steps = 5
step_seconds = 30
start = 0.25
through = 0.75
chase = 0.001
slice_adv = 0.002
slicing = "almgren-chriss"
volume_share = 0.05
[accounts.family.approval]
valid_hours = 1.5
price_move_max = 0.02
[accounts.family.limits]
cash_floor = 500
"""


def test_every_key_of_the_file_arrives_in_its_place() -> None:
    config = read(EVERYTHING)
    assert config.calendar == "XLON"
    assert config.alerts == AlertSettings(Decimal("0.02"), None)
    assert config.mail == MailSettings(
        host="mail.example.org",
        port=465,
        security=Security.TLS,
        username="me",
        sender="bot@example.org",
        to=("me@example.org",),
        outbox=Path("/etc/trimtab/outbox"),
        notify=("ntfy",),
    )


def test_every_key_of_an_account_arrives_in_its_place() -> None:
    (account,) = read(EVERYTHING).accounts
    assert account.broker == ManualSettings(Path("/etc/trimtab/family"), Currency("EUR"))
    assert (account.environment, account.live_account) == (Environment.LIVE, "U1234567")
    assert (account.times, account.every) == ((), Every(60))
    usual = PROFILES[Profile.ADVISER]
    assert account.limits == replace(usual, cash_floor=Decimal(500))


def test_every_key_of_a_policy_arrives_in_its_place() -> None:
    (account,) = read(EVERYTHING).accounts
    quarter = Decimal("0.25")
    symbols = (Symbol("BRK.B"), Symbol("KO"), Symbol("PG"), Symbol("XOM"))
    corridor = Corridor(Decimal("0.2"), Decimal("0.3"))
    assert account.policy == Policy(
        account=AccountId("family"),
        target=Target("equal", tuple((symbol, quarter) for symbol in symbols)),
        mode=Mode.AUTO_CRITICAL,
        critical_drift=Decimal("0.08"),
        bands=Bands(
            absolute=None,
            relative=Decimal("0.2"),
            corridors=((Symbol("BRK.B"), corridor),),
            aim=Aim.EDGE,
            single=None,
            concentration=Decimal(2),
        ),
        schedule=Schedule(Period.QUARTERLY, 3),
        cash=CashPolicy(
            weight=Decimal("0.02"),
            band=Decimal("0.005"),
            reserve=Decimal("1234.56"),
            cash_floor=Decimal(500),
        ),
        costs=CostPolicy(
            commission_per_share=Decimal("0.005"),
            commission_min=Decimal(1),
            sec_fee_rate=Decimal("0.00002"),
            taf_per_share=Decimal("0.0001"),
            taf_max=Decimal(8),
            impact=Decimal("0.9"),
        ),
        worth=WorthPolicy(gamma=Decimal(4), horizon_days=126, enabled=False),
        tax=TaxPolicy(TaxKind.ROTH, Decimal("0.4"), Decimal("0.2"), Relief.HIFO),
        orders=OrderPolicy(
            limit_fraction=Decimal("0.5"),
            collar=Decimal("0.005"),
            value_min=Decimal(100),
            fractional=False,
            work_seconds=300,
            working=WorkingPolicy(
                steps=5,
                step_seconds=30,
                start=Decimal("0.25"),
                through=Decimal("0.75"),
                chase=Decimal("0.001"),
                slice_adv=Decimal("0.002"),
                slicing=Slicing.ALMGREN_CHRISS,
                volume_share=Decimal("0.05"),
            ),
        ),
        approval=Approval(timedelta(minutes=90), Decimal("0.02")),
    )


def test_numbers_are_read_exactly() -> None:
    (account,) = read(GOOD + "[accounts.ira.cash]\nweight = 0.0123456789\n").accounts
    assert account.policy.cash.weight == Decimal("0.0123456789")


def test_times_of_the_session_count_from_its_edges() -> None:
    text = GOOD + '[accounts.ira.schedule]\nat = ["open+1h", "close-30m"]\n'
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
        ("symbol,weight\naapl,1\n", 'model.csv:2: "aapl,1": the symbol must be 1 to 12 capital'),
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
    assert message in str(caught.value)


def test_a_missing_or_binary_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FROM_FILE)
    with pytest.raises(ConfigError, match=r"model\.csv: cannot be read: No such file"):
        load(tmp_path / "config.toml", {})
    (tmp_path / "model.csv").write_bytes(b"symbol,weight\n\xff,1\n")
    with pytest.raises(ConfigError, match=r"model\.csv: is not UTF-8 text \(byte 14\)"):
        load(tmp_path / "config.toml", {})


@pytest.mark.parametrize(("days", "warns"), [(0, True), (1, True), (2, False), (5, False)])
def test_an_account_that_may_trade_too_often_is_named(days: int, *, warns: bool) -> None:
    config = read(GOOD + f"[accounts.ira.schedule]\ncooldown_days = {days}\n")
    assert [c.name for c in config.warnings] == (["trades-too-often"] if warns else [])
