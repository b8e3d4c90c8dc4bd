"""docs/cli.md is what the program says of itself."""

from pathlib import Path

import pytest

from bot.cli.exits import MEANING, Exit
from bot.cli.reference import CLI_FILE, VERBS, cli_page

DOCS = Path(__file__).parents[3] / "docs"
REFRESH = (
    'run: python -c "from pathlib import Path; from bot.cli.reference import write_cli; '
    "write_cli(Path('docs'))\""
)


def test_the_page_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert (DOCS / CLI_FILE).read_text(encoding="utf-8") == cli_page(), REFRESH


def test_every_exit_code_is_explained() -> None:
    assert set(MEANING) == set(Exit)


@pytest.mark.parametrize("verb", VERBS)
def test_every_help_fits_80_columns_and_teaches_by_example(verb: tuple[str, ...]) -> None:
    page = (DOCS / CLI_FILE).read_text(encoding="utf-8")
    section = page.partition(f"## `{' '.join(('trimtab', *verb))}`\n")[2].partition("\n## ")[0]
    assert section
    assert max(map(len, section.splitlines())) <= 80
    assert "Examples:" in section or verb in {(), ("db",)}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_every_shell(
    shell: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.cli.app import run

    monkeypatch.setenv("_TRIMTAB_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit, match="0"):
        run([])
    assert "_TRIMTAB_COMPLETE" in capfd.readouterr().out
