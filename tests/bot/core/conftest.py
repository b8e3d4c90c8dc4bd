"""Stages for the tests of the cycle: real files, made from one empty book."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import MakeStage, Setting, Stage, equal_policy, names, set_stage

from bot.book.maintain import upgrade
from strategies.policy import Policy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty book of the present schema."""
    path = tmp_path_factory.mktemp("template") / "book.db"
    upgrade(path)
    return path


@pytest.fixture
def make(tmp_path: Path, template: Path) -> Iterator[MakeStage]:
    """``make(count)`` is an account that wants equal parts of so many names."""
    made: list[Stage] = []

    def setting(
        wanted: int | Policy = 6, setting: Setting | None = None, folder: str = "account"
    ) -> Stage:
        policy = equal_policy(names(wanted)) if isinstance(wanted, int) else wanted
        made.append(set_stage(tmp_path / folder, template, policy, setting))
        return made[-1]

    yield setting
    for stage in made:
        stage.close()
