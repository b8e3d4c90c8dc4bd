"""The verbs, and how an error becomes a sentence. A verb loads what it needs when it is called."""

import gc
import os
import sys
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from bot.cli import (
    approvals,
    bookkeeping,
    costs,
    demo,
    drilling,
    fills,
    harvesting,
    household,
    limiting,
    look,
    lotting,
    optimizing,
    planning,
    prices,
    risking,
    running,
    safety,
    searching,
    selftesting,
    setup,
    status,
    stopping,
    targeting,
    taxing,
    whatif,
)
from bot.cli.exits import NO_REMEDY, Exit, classify, sentence
from bot.cli.options import Options
from bot.cli.screen import be_quiet, complain, prepare_streams, tell
from bot.cli.teach import WIDTH, laid_out

HELP = f"""\
Keep brokerage portfolios on course, down to the tax lot.

PAPER money until you name the LIVE account (docs/going-live.md). Options of this page stand before
the verb, those of a verb behind it.

{
    laid_out(
        (
            ("trimtab demo", "a year in half a minute; no account needed"),
            ("trimtab init", "write config.toml: nothing is sent without you"),
            ("trimtab check", "is everything in place?"),
            ("trimtab plan", "what would be traded now, and why"),
            ("trimtab run", "the daemon"),
            ("trimtab halt", "stop all trading, until: trimtab resume"),
            ("trimtab kill", "the same at once, whatever is broken"),
            ("trimtab VERB --help", "more examples"),
        )
    )
}
"""

app = typer.Typer(
    name="trimtab",
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"trimtab {version('trimtab')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", "-c", metavar="FILE", envvar="TRIMTAB_CONFIG", help="The config to use."
        ),
    ] = Path("config.toml"),
    debug: Annotated[  # noqa: ARG001  # ``run`` looks for it, also where the line is not understood
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only data and errors.")] = False,
    version: Annotated[  # noqa: ARG001  # acts by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep what holds for every verb; the help of the program is what is shown."""
    context.obj = Options(config=config)
    be_quiet(quiet)


ROOMS = (
    demo,
    selftesting,
    setup,
    drilling,
    planning,
    whatif,
    targeting,
    risking,
    running,
    status,
    searching,
    look,
    fills,
    costs,
    prices,
    lotting,
    taxing,
    harvesting,
    household,
    approvals,
    stopping,
    safety,
    limiting,
    bookkeeping,
)

for room in ROOMS:
    room.add_to(app)
optimizing.add_to(app)


GARBAGE = 50_000
"""New objects after which rings among them are looked for. What a start loads has none, and Python
looks every 700: that is a tenth of the start."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no error leaves as a traceback."""
    prepare_streams()
    gc.set_threshold(GARBAGE, 20, 20)
    os.umask(0o077)
    return copy_context().run(_run, arguments)  # what one command sets is gone with it


def _run(arguments: Sequence[str]) -> int:
    try:
        return _code(app(list(arguments), prog_name="trimtab", standalone_mode=False))
    except (Abort, KeyboardInterrupt):
        complain("interrupted; what was written is whole", "run it again")
        return Exit.INTERRUPTED
    except TyperException as error:
        return _misused(error)
    except BrokenPipeError:  # whoever read our output has read enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # for the last flush
        return Exit.OK
    except Exception as error:
        if "--debug" in arguments:
            raise
        code, remedy = classify(error) or (Exit.UNEXPECTED, NO_REMEDY)
        name = f"{type(error).__name__}: " if code is Exit.UNEXPECTED else ""
        complain(f"{name}{sentence(error)}", remedy)
        return code


def _code(result: object) -> int:
    """What a verb returns; help, version and completion return nothing."""
    return result if isinstance(result, int) else Exit.OK


def _misused(error: TyperException) -> int:
    """The command line was not understood: say so, and where its help is."""
    said = error.format_message()
    if said.startswith("Usage:"):  # a group without its verb asks for nothing else
        tell(said)
        return Exit.USAGE
    context = getattr(error, "ctx", None)
    verb = context.command_path if context is not None else "trimtab"
    before = any(f" {option}" in said for option in ("-c", "-q", "--config", "--quiet", "--debug"))
    place = ", and options like --config stand before the verb" if before else ""
    complain(" ".join(said.split()), f"see {verb} --help{place}")
    return Exit.USAGE
