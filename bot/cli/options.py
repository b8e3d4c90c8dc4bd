"""What holds for every verb: which config, and how much is said."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from brokers.words import AccountId


@dataclass(frozen=True, slots=True)
class Options:
    """Options that stand before the verb."""

    config: Path
    is_debug: bool
    is_quiet: bool


AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout; docs/ has its schema.")]
Account = Annotated[
    str | None, typer.Option("--account", "-a", help="One account by its name in the config.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, newest first.")]


def account_id(name: str | None) -> AccountId | None:
    """The account that was named, if one was."""
    return None if name is None else AccountId(name)
