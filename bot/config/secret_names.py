"""Which names belong to secrets, and where a secret goes instead of config.toml."""

import re

SMTP_PASSWORD = "smtp_password"  # noqa: S105 - the name of a secret, not its value
"""Secret that goes with ``mail.username``."""

NAME = r"[a-z][a-z0-9_]{0,39}"
"""What a secret may be called."""

_SECRET = re.compile(
    r"passw(or)?d|passphrase|token|secret|api_?key|private_?key|credential|^key$|_key$"
)
_PREFIXES = re.compile(r"^(trimtab_)?(mail__?|accounts__?)?")


def looks_secret(name: str) -> bool:
    """Whether a key of this name would hold a secret."""
    return _SECRET.search(_folded(name)) is not None


def advice(name: str) -> str:
    """Where the secret that was going to be called ``name`` is put."""
    secret = secret_name(name)
    return (
        f"a secret does not belong here: set TRIMTAB_SECRET_{secret.upper()}, or write "
        f'{secret} = "..." into the secrets file (mode 0600)'
    )


def secret_name(name: str) -> str:
    """Name under which the secret is looked for."""
    folded = _PREFIXES.sub("", _folded(name))
    plain = re.sub(r"[^a-z0-9_]", "_", folded).strip("_0123456789")[:40]
    return SMTP_PASSWORD if plain in {"password", "passwd", "smtp_passwd"} else plain or "secret"


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")
