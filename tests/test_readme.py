"""The README's commands work, its links lead somewhere, and its transcript is what is printed."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.cli.wiring import open_book, read_config
from bot.report.say import proof_texts
from brokers.words import AccountId

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def trimtab(*arguments: str, code: int = 0, at: Path | None = None) -> str:
    """Run ``trimtab`` in a process of its own; what it says on both streams."""
    line = [sys.executable, "-m", "bot", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=at)  # noqa: S603
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    here = tmp_path_factory.mktemp("readme")
    return here / "trimtab-demo", trimtab("demo", "--until", "2020-02-21", at=here)


def transcript(first: str) -> list[str]:
    """The lines of the block that begins so, but for those that were left out."""
    blocks = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    block = next(block for block in blocks if block.startswith(first))
    return [line for line in block.splitlines() if line not in {"", "..."}]


def shapes(lines: Iterable[str]) -> list[str]:
    """Lines with their figures and ids taken out."""
    return [re.sub(r"\b[0-9A-Z]{10}\b|[\d,.]*\d", "#", line) for line in lines]


def test_the_transcript_is_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    shown, said = transcript("PAPER 2020-"), demo[1].splitlines()
    trades = [line for line in shown if line.startswith("PAPER 2020-")]
    assert len(trades) == 4
    assert [line for line in trades if line not in said] == []
    assert [line for line in shapes(shown) if line not in shapes(said)] == []


def test_the_status_is_what_it_prints(demo: tuple[Path, str]) -> None:
    said = trimtab("--config", "trimtab-demo/config.toml", "status", at=demo[0].parent)
    assert shapes(transcript("PAPER demo")) == shapes(said.splitlines())


def test_a_plan_says_how_good_it_is_as_shown(demo: tuple[Path, str]) -> None:
    with open_book(read_config(demo[0] / "config.toml")) as book:
        plans = [book.plan(row.plan_id) for row in book.plans(AccountId("demo"))]
    said = [line for plan in plans for line in proof_texts(plan)]
    assert said
    assert set(shapes(transcript("Proven within"))) <= set(shapes(said))


def test_the_demo_says_where_everything_lies(demo: tuple[Path, str]) -> None:
    folder, said = demo
    for name in ("report.html", "trimtab.db", "outbox"):
        assert (folder / name).exists()
        assert name in said


def test_the_verbs_of_the_readme_answer(demo: tuple[Path, str], tmp_path: Path) -> None:
    config = str(demo[0] / "config.toml")
    assert "PAPER" in trimtab("--config", config, "status")
    assert "TT-" in trimtab("--config", config, "orders", "--limit", "5")
    mine = str(tmp_path / "config.toml")
    trimtab("--config", mine, "init", "--no-input")
    assert "ok" in trimtab("--config", mine, "check")
    page = tmp_path / "plan.html"
    trimtab("--config", mine, "plan", "--html", str(page))
    assert "PAPER" in page.read_text(encoding="utf-8")
    trimtab("--config", mine, "halt", "--reason", "why")
    assert "why" in trimtab("--config", mine, "status")


def test_every_verb_that_is_named_exists() -> None:
    known = trimtab("--help")
    named = set(re.findall(r"`?trimtab ([a-z]+)\b", README)) - {"on"}
    missing = [verb for verb in sorted(named) if f"\n  {verb} " not in known]
    assert missing == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z-]+)\b", README, re.MULTILINE)):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_file_that_is_said_to_prove_something_is_there() -> None:
    for path in re.findall(r"`(tests/[\w/.]+)`", README):
        assert (ROOT / path).exists(), path
    for module in re.findall(r"`python -m ([\w.]+)`", README):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module
