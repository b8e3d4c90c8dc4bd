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


def word(option: str, metavar: str, said: str) -> object:
    """An option with a word of its own, which may be left out."""
    return typer.Option(option, metavar=metavar, help=said, show_default=False)


Files = Annotated[
    list[Path] | None,
    word("--trades", "FILE", "Trades of accounts held elsewhere; may be said again."),
]
Identical = Annotated[
    list[str] | None,
    word("--identical", "A,B", "Symbols that are substantially identical; may be said again."),
]
Outside = Annotated[
    list[str] | None,
    word(
        "--outside", "KIND", "hsa or 401k: buys there replace nothing. They do unless you say so."
    ),
]
HouseholdName = Annotated[
    str | None, word("--household", "NAME", "Whose: a household of the config, one of several.")
]
FilingName = Annotated[str | None, word("--filing", "HOW", "single, joint, separate, head.")]
BroughtShort = Annotated[
    str | None, word("--carryover-short", "USD", "Short-term losses brought forward.")
]
BroughtLong = Annotated[
    str | None, word("--carryover-long", "USD", "Long-term losses brought forward.")
]
Rows = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="Rows of a table.")]
