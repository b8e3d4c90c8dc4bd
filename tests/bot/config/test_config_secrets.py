"""Secrets: found in their order, refused where others can read them, never shown."""

import copy
import json
import logging
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from bot.config.secrets import (
    NoSuchSecret,
    Secret,
    SecretError,
    UnsafeSecrets,
    find_secret,
    refuse_unsafe,
)
from bot.config.settings import Keyring


def secrets_file(folder: Path, text: str = 'ntfy = "from file"\n', mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def credentials(folder: Path, text: str = "from systemd\n") -> dict[str, str]:
    (folder / "ntfy").write_text(text)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def test_the_environment_goes_before_credentials_and_these_before_the_file(tmp_path: Path) -> None:
    file = secrets_file(tmp_path)
    systemd = credentials(tmp_path)
    typed = {"TRIMTAB_SECRET_NTFY": "from environment"}
    assert find_secret("ntfy", systemd | typed, file).reveal() == "from environment"
    assert find_secret("ntfy", systemd, file).reveal() == "from systemd"
    assert find_secret("ntfy", {}, file).reveal() == "from file"


def test_an_empty_variable_is_no_secret(tmp_path: Path) -> None:
    file = secrets_file(tmp_path)
    assert find_secret("ntfy", {"TRIMTAB_SECRET_NTFY": ""}, file).reveal() == "from file"


def test_a_missing_secret_says_where_it_was_looked_for(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    with pytest.raises(NoSuchSecret) as caught:
        find_secret("smtp_password", environ, tmp_path / "secrets.toml")
    assert str(caught.value) == (
        "the secret smtp_password is nowhere; looked at: environment "
        f"TRIMTAB_SECRET_SMTP_PASSWORD, {tmp_path}/smtp_password, {tmp_path}/secrets.toml"
    )
    with pytest.raises(NoSuchSecret, match=r"looked at: environment TRIMTAB_SECRET_NTFY$"):
        find_secret("ntfy", {}, None)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_can_reach_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    file = secrets_file(tmp_path, mode=mode)
    with pytest.raises(UnsafeSecrets) as caught:
        find_secret("ntfy", {}, file)
    assert str(caught.value) == (
        f"{file}: its mode is {mode:04o}, others can reach it; run: chmod 600 {file}"
    )


def test_a_file_of_another_user_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = secrets_file(tmp_path)
    found = os.stat_result((0o100600, 0, 0, 1, os.geteuid() + 1, 0, 9, 0, 0, 0))
    with pytest.raises(UnsafeSecrets) as caught:
        refuse_unsafe(found, file)
    assert str(caught.value) == (
        f"{file}: belongs to another user; run: chown {os.geteuid()} {file} (as root)"
    )


def test_a_folder_is_no_secrets_file(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSecrets, match="cannot be read: Is a directory"):
        find_secret("ntfy", {}, tmp_path)


def test_a_device_is_no_secrets_file() -> None:
    with pytest.raises(UnsafeSecrets, match="/dev/null: is not a file"):
        find_secret("ntfy", {}, Path("/dev/null"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nntfy = hunter2\n", 'line 2: write one line for each secret: name = "value"'),
        ("ntfy = 5\n", "ntfy must be text in quotes"),
        ('ntfy = "hunter2', "write one line for each secret"),
        ("x = " + "[" * 9000, "write one line for each secret"),
    ],
)
def test_a_broken_secrets_file_is_named_and_not_quoted(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UnsafeSecrets) as caught:
        find_secret("ntfy", {}, secrets_file(tmp_path, text))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_broken_credential_is_named(tmp_path: Path) -> None:
    (tmp_path / "ntfy").mkdir()
    with pytest.raises(UnsafeSecrets, match=r"ntfy: cannot be read \(IsADirectoryError\)"):
        find_secret("ntfy", {"CREDENTIALS_DIRECTORY": str(tmp_path)}, None)


@pytest.mark.parametrize("name", ["", "../etc/passwd", "NTFY", "a b", "9x", "é"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(SecretError, match="is no name of a secret"):
        find_secret(name, {}, None)


def test_a_secret_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    logging.getLogger("test").warning("password %s %r", secret, {"password": secret})
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r:>5}", str([secret]), caplog.text]
    assert not [text for text in shown if "hunter2" in text]
    assert secret.reveal() == "hunter2"


def test_a_secret_is_not_written_anywhere() -> None:
    secret = Secret("hunter2")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copy.deepcopy(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert not hasattr(secret, "__dict__")


class Desktop(KeyringBackend):
    """A desktop's keyring: it keeps what it is given, and tells nothing while it is locked."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, *, locked: bool) -> None:
        super().__init__()
        self.locked = locked
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("hunter2")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def desktop() -> Iterator[Callable[[Desktop], None]]:
    """Puts a keyring in the place of this machine's, until the test is over."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_the_keyring_is_asked_where_the_config_says_so(
    desktop: Callable[[Desktop], None],
) -> None:
    desktop(Desktop(locked=False))
    keyring.set_password("trimtab", "ntfy", "from keyring")
    assert find_secret("ntfy", {}, Keyring()).reveal() == "from keyring"
    assert find_secret("ntfy", {"TRIMTAB_SECRET_NTFY": "x"}, Keyring()).reveal() == "x"
    with pytest.raises(NoSuchSecret, match=r"TRIMTAB_SECRET_OTHER, keyring$"):
        find_secret("other", {}, Keyring())


def test_a_locked_keyring_is_said_and_shows_nothing(desktop: Callable[[Desktop], None]) -> None:
    desktop(Desktop(locked=True))
    with pytest.raises(SecretError) as caught:
        find_secret("ntfy", {}, Keyring())
    assert str(caught.value) == "the keyring does not answer (KeyringLocked)"
