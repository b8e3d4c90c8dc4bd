"""Secrets: where they are looked for, and a type that does not let them slip into a log.

Sources in order: the variable ``TRIMTAB_SECRET_<NAME>``; a file ``<name>`` in systemd's
``$CREDENTIALS_DIRECTORY``; the secrets file, which nobody but its owner may read; the keyring,
where the config says ``secrets = "keyring"``.
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from typing_extensions import override

from bot.config.secret_names import NAME
from bot.config.settings import Keyring
from bot.redaction import HIDDEN, keep_out


class Secret:
    """Text that is shown as ``***`` wherever it is printed, and that cannot be pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep ``text``."""
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    @override
    def __repr__(self) -> str:
        return HIDDEN

    @override
    def __str__(self) -> str:
        return HIDDEN

    @override
    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a secret is not written to disk: it cannot be pickled or copied")


class SecretError(Exception):
    """A secret cannot be had. Never holds one."""


class NoSuchSecret(SecretError):
    """It is in none of the places; ``tried`` are those that were looked at."""

    def __init__(self, name: str, tried: tuple[str, ...]) -> None:
        """Say what is missing and where it was looked for."""
        super().__init__(f"the secret {name} is nowhere; looked at: {', '.join(tried)}")
        self.name = name
        self.tried = tried


class UnsafeSecrets(SecretError):
    """The place can be read by others, or cannot be read at all."""


def find_secret(name: str, environ: Mapping[str, str], file: Path | Keyring | None) -> Secret:
    """The secret ``name`` from the first source that has it.

    Raises ``NoSuchSecret`` where none has, ``UnsafeSecrets`` where one must not be trusted.
    """
    if not re.fullmatch(NAME, name, re.ASCII):
        raise SecretError(f"{name!r} is no name of a secret: write lower-case letters and _")
    tried: list[str] = []
    for place, look in _sources(name, environ, file):
        found = look()
        if found:
            keep_out(found)
            return Secret(found)
        tried.append(place)
    raise NoSuchSecret(name, tuple(tried))


Source = tuple[str, Callable[[], str | None]]


def _sources(name: str, environ: Mapping[str, str], file: Path | Keyring | None) -> list[Source]:
    """Places in their order, each with the way to look there."""
    variable = f"TRIMTAB_SECRET_{name.upper()}"
    sources: list[Source] = [(f"environment {variable}", lambda: environ.get(variable))]
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials:
        credential = Path(credentials) / name
        sources.append((str(credential), lambda: _credential(credential)))
    match file:
        case Keyring(service=service):
            sources.append(("keyring", lambda: _from_keyring(service, name)))
        case Path():
            sources.append((str(file), lambda: _from_file(file, name)))
        case None:
            pass
    return sources


def _credential(path: Path) -> str | None:
    """What systemd put there; it alone can write the folder."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise UnsafeSecrets(f"{path}: cannot be read ({type(exc).__name__})") from None


def _from_file(path: Path, name: str) -> str | None:
    """One line ``name = "value"`` of a file that is checked before a byte of it is read."""
    try:
        # Checked and read through one descriptor, so that nobody swaps the file in between.
        with path.open("rb") as file:
            refuse_unsafe(os.fstat(file.fileno()), path)
            content = file.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise UnsafeSecrets(f"{path}: cannot be read: {exc.strerror}") from exc
    return _value(content, path, name)


def refuse_unsafe(found: os.stat_result, path: Path) -> None:
    """Raise ``UnsafeSecrets`` unless a file that is ``found`` so is ours alone."""
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        raise UnsafeSecrets(f"{path}: is not a file")
    if found.st_uid != os.geteuid():
        raise UnsafeSecrets(
            f"{path}: belongs to another user; run: chown {os.geteuid()} {path} (as root)"
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnsafeSecrets(
            f"{path}: its mode is {mode:04o}, others can reach it; run: chmod 600 {path}"
        )


def _value(content: bytes, path: Path, name: str) -> str | None:
    """The value of ``name``; an error shows a place and nothing of what stands there."""
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        place = re.search(r"line \d+", str(exc))
        where = f"{path}: {place.group()}" if place else str(path)
        raise UnsafeSecrets(f'{where}: write one line for each secret: name = "value"') from None
    value = table.get(name)
    if value is not None and not isinstance(value, str):
        raise UnsafeSecrets(f"{path}: {name} must be text in quotes")
    return value


def _from_keyring(service: str, name: str) -> str | None:
    """From the desktop's keyring, whose library is an extra."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as exc:
        raise SecretError(
            "secrets = \"keyring\" needs the keyring extra: pip install 'trimtab[keyring]'"
        ) from exc
    try:
        found = keyring.get_password(service, name)
    except KeyringError as exc:
        raise SecretError(f"the keyring does not answer ({type(exc).__name__})") from exc
    return None if found is None else str(found)
