"""Help that teaches by example: the examples of a verb stand before its options."""

from collections.abc import Callable, Sequence
from inspect import cleandoc

import typer

WIDTH = 80
"""Help is laid out for this many columns, on whatever terminal."""

INDENT = 2
"""What help sets its paragraphs in by."""

AS_IT_IS = "\b"
"""Alone on a line before a paragraph: its line breaks are kept."""

Example = tuple[str, str]
"""A command line, and what it is good for."""


def teach(
    app: typer.Typer, verb: Callable[..., int], *examples: Example, name: str | None = None
) -> None:
    """Add ``verb`` to ``app``; its docstring and ``examples`` are its help."""
    assert verb.__doc__, "a verb says what it does"
    app.command(name, help=f"{cleandoc(verb.__doc__)}\n\n{laid_out(examples)}")(verb)


def laid_out(examples: Sequence[Example]) -> str:
    """Examples in two columns, in a paragraph that is not wrapped; one too wide takes two lines."""
    longest = max(len(command) for command, _ in examples)
    rows = (_row(command, use, longest) for command, use in examples)
    return "\n".join((AS_IT_IS, "Examples:", *rows))


def _row(command: str, use: str, longest: int) -> str:
    row = f"  {command.ljust(longest)}  {use}".rstrip()
    return row if len(row) <= WIDTH - INDENT else f"  {command}\n      {use}"
