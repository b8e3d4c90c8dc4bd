"""docs/cli.md: every verb as its own help tells it, and the exit codes, made from the program."""

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path

CLI_FILE = "cli.md"

VERBS: Sequence[tuple[str, ...]] = (
    (),
    ("demo",),
    ("selftest",),
    ("init",),
    ("check",),
    ("drill",),
    ("plan",),
    ("whatif",),
    ("targets",),
    ("frontier",),
    ("risk",),
    ("run",),
    ("status",),
    ("watch",),
    ("stop-search",),
    ("orders",),
    ("fills",),
    ("fills", "import"),
    ("history",),
    ("costs",),
    ("prices",),
    ("prices", "fetch"),
    ("prices", "import"),
    ("lots",),
    ("lots", "export"),
    ("lots", "import"),
    ("lots", "actions"),
    ("lots", "action"),
    ("lots", "retract"),
    ("lots", "check"),
    ("lots", "name"),
    ("tax",),
    ("harvest",),
    ("location",),
    ("rmd",),
    ("gift",),
    ("withdraw",),
    ("plans",),
    ("approve",),
    ("reject",),
    ("kill",),
    ("halt",),
    ("resume",),
    ("reconcile",),
    ("limits",),
    ("optimize",),
    ("db",),
    ("db", "upgrade"),
    ("db", "backup"),
    ("db", "check"),
    ("db", "restore"),
    ("db", "accept"),
)

INTRODUCTION = """# The command line

This page is made from the program itself. Data goes to stdout, everything said to a person to
stderr; every error is one sentence and its remedy. Colour only on a terminal, never with `NO_COLOR`
or `TERM=dumb`. `--json` prints the documents of [schemas/](schemas): amounts are strings of decimal
digits, times are ISO 8601, `schema` names the form and its version.

`trimtab --install-completion` sets up completion for the shell that you call it from (bash, zsh,
fish, PowerShell); `_TRIMTAB_COMPLETE=source_zsh trimtab` prints the script for another one.
"""


def cli_page() -> str:
    """The page in Markdown."""
    verbs = "\n".join(_verb(verb) for verb in VERBS)
    return f"{INTRODUCTION}\n{_exit_codes()}\n{verbs}"


def write_cli(folder: Path) -> None:
    """Bring the page in ``folder`` up to date."""
    (folder / CLI_FILE).write_text(cli_page(), encoding="utf-8")


def _exit_codes() -> str:
    from bot.cli.exits import MEANING

    rows = (f"| {code.value} | {meaning} |" for code, meaning in MEANING.items())
    return "\n".join(["## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""])


def _verb(verb: tuple[str, ...]) -> str:
    from bot.cli.app import run

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        run([*verb, "--help"])
    text = "\n".join(line.rstrip() for line in shown.getvalue().strip().splitlines())
    return f"## `{' '.join(('trimtab', *verb))}`\n\n```text\n{text}\n```\n"
