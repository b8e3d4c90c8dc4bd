"""Options that several verbs share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class Options:
    """Options that stand before the verb."""

    config: Path


AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, as docs/schemas tells.")]
Account = Annotated[
    str | None,
    typer.Option("--account", "-a", metavar="NAME", help="One account, by its name in the config."),
]
Limit = Annotated[
    int, typer.Option("--limit", "-n", metavar="N", min=1, help="How many, newest first.")
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why, in a few words; the book keeps it.")
]
