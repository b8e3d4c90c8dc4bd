"""An option that several verbs have is the same option: same words, same meaning."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from bot.cli.app import app

SHARED = (
    *("--identical", "--outside", "--filing", "--carryover-short", "--carryover-long"),
    "--household",
)


def commands(command: Any, name: str = "trimtab") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # click's
    """Every verb below ``command``, with its name."""
    yield name, command
    for each in getattr(command, "commands", {}).values():
        yield from commands(each, f"{name} {each.name}")


@pytest.mark.parametrize("option", SHARED)
def test_it_says_the_same_everywhere(option: str) -> None:
    said = {
        name: parameter.help
        for name, command in commands(typer.main.get_command(app))
        for parameter in command.params
        if option in parameter.opts
    }
    assert len(said) > 1
    assert len(set(said.values())) == 1, said
