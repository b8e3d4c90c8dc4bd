"""The files that set the daemon up agree with the program."""

import re
from pathlib import Path

import pytest

from bot.cli.exits import Exit
from bot.config.overlay import overrides
from bot.daemon.daemon import BEAT_SECONDS, BEATS_PER_WATCH
from bot.daemon.slots import LAST_BEFORE_CLOSE, MINUTE, Grace
from bot.limits import Limits

ROOT = Path(__file__).parents[3]
UNIT = (ROOT / "deploy" / "trimtab.service").read_text()
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()
PAGE = (ROOT / "docs" / "service.md").read_text()


def unit(key: str) -> str:
    """The one value of ``key`` in the unit."""
    (value,) = re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)
    return str(value)


def test_systemd_does_not_repeat_what_trying_again_cannot_mend() -> None:
    fatal = {Exit.USAGE, Exit.ENVIRONMENT, Exit.REFUSED}
    assert {int(code) for code in unit("RestartPreventExitStatus").split()} == fatal
    assert unit("Type") == "notify"
    assert unit("Restart") == "on-failure"


def test_the_watchdog_survives_a_beat_that_fails() -> None:
    assert int(unit("WatchdogSec")) > BEAT_SECONDS * BEATS_PER_WATCH


@pytest.mark.parametrize("text", [UNIT, CONTAINER], ids=["unit", "container"])
def test_the_variables_that_are_set_are_keys_of_the_config(text: str) -> None:
    variables = dict(re.findall(r"\b(TRIMTAB_[A-Z_]+)=(\S+)", text))
    assert {"TRIMTAB_CONFIG", "TRIMTAB_BOOK", "TRIMTAB_STATE_DIR"} <= variables.keys()
    _chosen, mistakes = overrides({}, variables, {})
    assert mistakes == []


def test_the_container_runs_as_nobody_special_and_is_looked_after() -> None:
    assert re.search(r"^USER 10001$", CONTAINER, re.MULTILINE)
    assert 'CMD ["trimtab", "--quiet", "status"]' in CONTAINER
    for folder in ("bot", "brokers", "strategies", "migrations"):
        assert f"COPY {folder} {folder}" in CONTAINER
        assert (ROOT / folder).is_dir()


def test_the_page_tells_the_numbers_of_the_program() -> None:
    grace = Grace()
    minutes = grace.late_max // MINUTE, grace.before_close // MINUTE
    assert "up to {} minutes late, and not in the last {} minutes".format(*minutes) in PAGE
    assert Limits().before_close_minutes * MINUTE == LAST_BEFORE_CLOSE
    assert f"exit code {Exit.INTERRUPTED}" in PAGE
    assert f"every {BEAT_SECONDS:.0f} seconds" in PAGE
