"""The first config: safe, private, loadable, and never written over another by accident."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.account_table import BrokerKind
from bot.config.mistakes import ConfigError
from bot.config.read import load, read_text
from bot.config.us20 import US20
from bot.config.write import InitAnswers, config_text, write_new
from bot.limits import Profile
from brokers.settings import AlpacaSettings, ManualSettings, PaperSettings
from brokers.words import Environment
from strategies.policy import Mode, TaxKind


def test_the_first_config_is_safe_private_and_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_new(path, InitAnswers(email="me@example.org", cash=Decimal(50_000)))
    config = load(path, {})
    (account,) = config.accounts
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.warnings == ()
    assert config.mail.to == ("me@example.org",)
    assert config.mail.host is None
    assert account.environment is Environment.PAPER
    assert account.policy.mode is Mode.PROPOSE
    assert isinstance(account.broker, PaperSettings)
    assert account.broker.cash == 50_000
    assert [symbol for symbol, _ in account.policy.target.weights] == list(US20)


def test_answers_arrive(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    targets = {"VTI": Decimal("0.6"), "BRK.B": Decimal("0.4")}
    answers = InitAnswers(
        "family",
        BrokerKind.MANUAL,
        targets=targets,
        profile=Profile.DESK,
        taxable=False,
        live_account="8412-77",
    )
    write_new(path, answers)
    (account,) = load(path, {}).accounts
    assert account.account == "family"
    assert account.broker == ManualSettings(tmp_path / "family")
    assert (account.environment, account.live_account) == (Environment.LIVE, "8412-77")
    assert account.profile is Profile.DESK
    assert dict(account.policy.target.weights) == targets
    assert account.policy.tax.kind is TaxKind.TRADITIONAL


def test_an_account_at_alpaca_begins_with_no_real_money(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    write_new(path, InitAnswers(broker=BrokerKind.ALPACA))
    config = load(path, {})
    (account,) = config.accounts
    assert account.broker == AlpacaSettings(environment=Environment.PAPER)
    assert (account.environment, account.policy.mode) == (Environment.PAPER, Mode.PROPOSE)
    assert config.warnings == ()


def test_an_existing_file_stays_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already and is left as it is; --force replaces"):
        write_new(path, InitAnswers())
    assert path.read_text() == "mine"
    write_new(path, InitAnswers(), force=True)
    assert load(path, {}).accounts[0].account == "main"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "config.toml", tmp_path / "elsewhere"
    path.symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="exists already"):
        write_new(path, InitAnswers())
    assert not elsewhere.exists()


@pytest.mark.parametrize("force", [False, True])
def test_a_missing_folder_is_named(tmp_path: Path, force: bool) -> None:  # noqa: FBT001
    path = tmp_path / "none" / "config.toml"
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be written: No such file"):
        write_new(path, InitAnswers(), force=force)


@pytest.mark.parametrize("before", [None, "mine"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "config.toml"
    if before is not None:
        path.write_text(before)
    with small_files(), pytest.raises(ConfigError, match=r"config\.toml: cannot be written: File"):
        write_new(path, InitAnswers(), force=before is not None)
    assert [file.read_text() for file in tmp_path.iterdir()] == ([before] if before else [])


@contextmanager
def small_files() -> Iterator[None]:
    """The kernel lets no file grow over 100 bytes, as a disk that is full would not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_wrong_answers_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match=r"sum to 0\.9"):
        write_new(path, InitAnswers(targets={"VTI": Decimal("0.9")}))
    with pytest.raises(ConfigError, match="must be an address"):
        write_new(path, InitAnswers(email='x"]\nbook = "/etc/passwd'))
    assert not path.exists()


@given(st.text(max_size=20), st.text(max_size=20), st.dictionaries(st.text(), st.decimals()))
def test_no_answer_breaks_out_of_its_place(
    account: str, email: str, targets: dict[str, Decimal]
) -> None:
    finite = {symbol: w for symbol, w in targets.items() if w.is_finite() and abs(w) < 2}
    text = config_text(InitAnswers(account, email=email, targets=finite))
    try:
        config = read_text(text, Path("config.toml"), {})
        found = [(str(one.account), config.mail.to) for one in config.accounts]
    except ConfigError:
        found = []
    assert found in ([], [(account, (email,) if email else ())])
