"""Help that teaches by example: the examples of a verb stand before its options."""

from collections.abc import Callable, Sequence
from inspect import cleandoc

import typer

WIDTH = 80
"""Help is laid out for this many columns, on whatever terminal."""

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
    """Examples in two columns, in a paragraph that is not wrapped."""
    longest = max(len(command) for command, _ in examples)
    rows = (f"  {command.ljust(longest)}  {use}".rstrip() for command, use in examples)
    return "\n".join((AS_IT_IS, "Examples:", *rows))
