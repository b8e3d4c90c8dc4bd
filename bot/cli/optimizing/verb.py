"""The verb: read a problem, solve it, check the answer, print it. Nothing here can trade."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exits import Exit
from bot.cli.options import AsJson
from bot.cli.screen import complain
from bot.cli.teach import teach

ProblemFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The problem in JSON; - reads it from stdin.", show_default=False
    ),
]
SecondsMax = Annotated[
    float | None,
    typer.Option(
        "--seconds", metavar="S", min=0.0, help="Stop after so many, with the best plan so far."
    ),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Ask another solver too, and say whether it agrees.")
]
TermsFile = Annotated[
    str,
    typer.Option(
        "--terms",
        metavar="file:F.py:NAME",
        help="Terms of your own in cvxpy: docs/own-terms.md.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb of this room."""
    teach(
        app,
        optimize,
        ("trimtab optimize problem.json", "the answer as a table"),
        ("trimtab optimize - --json < problem.json", "for a script"),
        ("trimtab optimize big.json --seconds 10", "the best plan by then"),
        ("trimtab optimize problem.json --verify", "what another solver says"),
        ("trimtab optimize p.json --terms file:my.py:esg", "with a term of yours"),
    )


def optimize(
    problem: ProblemFile,
    as_json: AsJson = False,
    seconds: SecondsMax = None,
    verify: Verify = False,
    terms: TermsFile = "",
) -> int:
    """Solve one rebalancing problem, and prove the answer.

    docs/optimize-json.md describes the form of the problem. On a terminal the first Ctrl-C stops
    the search with its best plan so far. The exit code is 0 for an answer (also for the proof that
    there is none), 1 for an error of the solver or a second opinion that disagrees, 2 for a problem
    in a wrong form.
    """
    _one_thread()
    from bot.cli.optimizing.document import BadDocument, read
    from bot.cli.optimizing.face import show_answer, show_faults
    from bot.cli.optimizing.own_terms import BadReference, load
    from bot.cli.optimizing.search import find
    from bot.cli.optimizing.verify import joined
    from strategies.optimize.problem import BadProblem

    name = "stdin" if str(problem) == "-" else str(problem)
    try:
        asked = read(_text(problem))
        if terms:
            asked = joined(asked, load(terms, Path.cwd()))
        found = find(asked, seconds, verify=verify)
    except OSError as exc:
        complain(f"{name}: {exc.strerror or exc}", "give the path of a problem, or - for stdin")
        return Exit.USAGE
    except (BadDocument, BadProblem, BadReference, UnicodeDecodeError) as exc:
        show_faults(name, getattr(exc, "faults", (str(exc),)), as_json=as_json)
        return Exit.USAGE
    show_answer(asked, found, as_json=as_json)
    return Exit.UNEXPECTED if found.is_doubtful else Exit.OK


def _text(problem: Path) -> str:
    data = sys.stdin.buffer.read() if str(problem) == "-" else problem.read_bytes()
    return data.decode("utf-8-sig")


def _one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more.

    The matrices are small: threads that wait for each other take twenty times as long. This acts
    only before NumPy is loaded.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")
