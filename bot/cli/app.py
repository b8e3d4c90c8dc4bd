"""The verbs, and how an error becomes a sentence. A verb loads what it needs when it is called."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from bot.cli import (
    approvals,
    bookkeeping,
    demo,
    fills,
    look,
    planning,
    running,
    safety,
    setup,
)
from bot.cli.exits import Exit, classify
from bot.cli.options import Options
from bot.cli.screen import complain, prepare_streams, tell

EPILOG = """Examples:

  trimtab demo                    a year of real history in a minute, no account needed

  trimtab init                    write config.toml: paper, and nothing sent without you

  trimtab check                   is everything in place?

  trimtab plan                    the dry run: what would be traded, and why

  trimtab run                     the daemon

  trimtab halt --reason "..."     stop all trading, until: trimtab resume
"""

app = typer.Typer(
    name="trimtab",
    no_args_is_help=True,
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
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
        Path, typer.Option("--config", "-c", envvar="TRIMTAB_CONFIG", help="The config to use.")
    ] = Path("config.toml"),
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only data and errors.")] = False,
    version: Annotated[  # noqa: ARG001  # acts by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep brokerage portfolios on course, down to the tax lot, without anyone watching."""
    context.obj = Options(config=config, is_debug=debug, is_quiet=quiet)


for room in (demo, setup, planning, running, look, fills, approvals, safety, bookkeeping):
    room.add_to(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; no error leaves as a traceback."""
    prepare_streams()
    os.umask(0o077)
    try:
        return _code(app(list(arguments), prog_name="trimtab", standalone_mode=False))
    except (Abort, KeyboardInterrupt):
        tell("interrupted; nothing was lost")
        return Exit.INTERRUPTED
    except TyperException as error:
        complain(error.format_message(), "see: trimtab --help")
        return Exit.USAGE
    except Exception as error:
        if "--debug" in arguments:
            raise
        known = classify(error)
        if known is None:
            complain(f"{type(error).__name__}: {error}", "run again with --debug and report it")
            return Exit.UNEXPECTED
        code, remedy = known
        complain(str(error), remedy)
        return code


def _code(result: object) -> int:
    return result if isinstance(result, int) else Exit.OK
