"""The verbs one after the other, as a person would use them, on a short demo."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from bot.book.book import Book
from bot.cli.app import run
from bot.cli.documents import KINDS
from bot.cli.schemas import document_schema
from bot.daemon.lock import hold
from brokers.words import AccountId

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The config of an installation that has traded."""
    folder = tmp_path_factory.mktemp("lifecycle") / "demo"
    assert run(["-q", "demo", "--folder", str(folder), "--until", "2020-01-31"]) == 0
    return str(folder / "config.toml")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def schema_text(kind: str) -> str:
    return json.dumps(document_schema(kind), indent=2) + "\n"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_committed_schemas_are_current(kind: str) -> None:
    kept = (SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(kind)


JSON_LINES = (
    ("status", ("status",)),
    ("orders", ("orders",)),
    ("fills", ("fills",)),
    ("history", ("history",)),
    ("plans", ("plans",)),
    ("plan", ("plan",)),
    ("reconcile", ("reconcile",)),
    ("db-check", ("db", "check")),
)


def test_a_replay_keeps_its_own_time(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--config", config, "plan")[0] == 0
    assert said(capsys, "--config", config, "plan")[0] == 0, "the same plan again is no news"
    assert said(capsys, "--config", config, "run", "--once")[0] == 2


@pytest.mark.parametrize(("kind", "line"), JSON_LINES)
def test_every_json_document_keeps_its_schema(
    config: str, kind: str, line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "--config", config, *line, "--json")
    assert code == 0
    document = json.loads(out)
    jsonschema.validate(document, document_schema(kind))
    assert document["schema"] == f"trimtab/{kind}/1"


def pages(config: str, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    for verb in (["status"], ["orders"], ["fills"], ["history"], ["plans"], ["plan"]):
        yield said(capsys, "--config", config, *verb)[1]


def test_every_page_fits_80_columns_and_is_ascii(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in pages(config, capsys):
        assert page.isascii()
        assert max(map(len, page.splitlines())) <= 80


def test_money_is_called_paper_wherever_it_is_shown(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in pages(config, capsys):
        assert "PAPER" in page or "no plan" in page


def test_a_halt_holds_until_it_is_lifted(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "-c", config, "halt", "--reason", "trying it out")[0] == 0
    assert "trying it out" in said(capsys, "-c", config, "status")[1]
    assert said(capsys, "-c", config, "resume", "--reason", "tried")[0] == 0
    assert "trying it out" not in said(capsys, "-c", config, "status")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("plan", "--account", "nobody"), 2, "nobody"),
        (("approve", "0123456789"), 2, "0123456789"),
        (("halt", "nobody"), 2, "nobody"),
        (("--config", "/nowhere/config.toml", "plan"), 2, "/nowhere/config.toml"),
        (("demo", "--until", "2031-01-01"), 2, "2031-01-01"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_remedy(
    config: str,
    arguments: tuple[str, ...],
    code: int,
    what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, out, err = said(capsys, "--config", config, *arguments)
    assert (found, out) == (code, "")
    assert what in err
    assert "fix:" in err
    assert "Traceback" not in err


def test_a_demo_that_is_run_again_goes_on(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(Path(config).parent)
    assert said(capsys, "-q", "demo", "--folder", folder, "--until", "2020-02-07")[0] == 0
    with Book.open(Path(folder) / "trimtab.db", upgrade=False) as book:
        slots = [run.slot for run in book.runs(AccountId("demo"), 500)]
    assert len(slots) == len(set(slots)) == 26
    assert (max(slots), min(slots)) == ("2020-02-07/open+30m", "2020-01-02/open+30m")


def test_init_check_and_plan_work_on_a_new_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(tmp_path / "config.toml")
    assert said(capsys, "-c", config, "init", "--no-input")[0] == 0
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600
    code, out, _ = said(capsys, "-c", config, "check", "--json")
    assert code == 0
    jsonschema.validate(json.loads(out), document_schema("check"))
    assert said(capsys, "-c", config, "init", "--no-input")[0] == 2


def test_adopting_takes_turns_with_a_daemon(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with hold(Path(config).parent / "state" / "trimtab.lock"):
        code, _, err = said(capsys, "-c", config, "reconcile", "--adopt")
    assert code == 4
    assert "another trimtab works this book" in err
    assert said(capsys, "-c", config, "reconcile", "--adopt")[0] == 0
