"""Every error that has a name has an exit code, and a mistake is told with its remedy."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.app import run
from bot.cli.exits import BY_NAME, REMEDIES, Exit, WrongUse, classify, sentence
from bot.config.mistakes import ConfigError, Mistake

ROOT = Path(__file__).parents[3]
STAY_INSIDE = {
    "BrokerError": "only its kinds are raised",
    "NotSent": "becomes a row of the outbox",
    "NoStandin": "becomes a line of the self-test",
    "RunDied": "becomes a mail",
    "Stuck": "becomes a mail and a silent heartbeat",
    "ClockJumped": "becomes a mail",
    "Unjudgeable": "becomes a plan to hold",
    "NoTarget": "becomes a plan to hold",
    "BadProblem": "told by trimtab optimize itself",
    "BadDocument": "told by trimtab optimize itself",
    "BadReference": "told by trimtab optimize itself",
    "BadShock": "told by trimtab whatif itself",
    "BadFile": "becomes a sentence of its source",
    "BadTrade": "becomes a BadTrades with the line of the file",
    "NotUnderstood": "said to who sent it, or left unread",
    "NoLeast": "caught where it is raised",
    "Singular": "another way to the same answer is taken",
    "Indefinite": "the covariance is mended, or becomes a NoTarget",
    "Hedged": "becomes a NoTarget",
    "Lost": "becomes a NoTarget",
    "Unsolved": "is a NoTarget",
    "_NoAnswer": "becomes an answer that says why there is none",
    "Trouble": "becomes one of the broker's errors",
    "Garbled": "becomes one of the broker's errors",
    "Gone": "becomes one of the broker's errors",
    "Deaf": "the stream is opened again, and read meanwhile",
    "Unmended": "counted by the self-test that made it",
}
"""Errors that never reach the command line, and what becomes of them."""


def errors_of_ours() -> Iterator[tuple[str, set[str]]]:
    """Every class of the product that descends from an error, with its direct bases."""
    for room in ("bot", "brokers", "strategies"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield node.name, {base.id for base in node.bases if isinstance(base, ast.Name)}


def families() -> dict[str, set[str]]:
    """Errors by name, each with all of its ancestors."""
    bases = dict(errors_of_ours())
    found: dict[str, set[str]] = {"Exception": set()}
    while True:
        more = {
            name: above | set().union(*(found.get(base, set()) for base in above))
            for name, above in bases.items()
            if above & found.keys() and name not in found
        }
        if not more:
            return {name: above for name, above in found.items() if name != "Exception"}
        found |= more


def test_every_error_leads_to_an_exit_code_or_stays_inside() -> None:
    known = BY_NAME.keys() | STAY_INSIDE.keys()
    lost = [name for name, above in families().items() if not ({name} | above) & known]
    assert not lost


def test_the_tables_name_errors_that_exist() -> None:
    real = families().keys() | {"OSError"}
    assert real >= BY_NAME.keys() | REMEDIES.keys() | STAY_INSIDE.keys()


def test_an_error_of_nobody_is_unexpected() -> None:
    assert classify(RuntimeError("odd")) is None


def test_the_machine_s_errors_are_told_in_words() -> None:
    error = FileNotFoundError(2, "No such file or directory", "/none/plan.html")
    assert classify(error) == (Exit.ENVIRONMENT, REMEDIES["OSError"])
    assert sentence(error) == "/none/plan.html: no such file or directory"
    assert classify(WrongUse("no", "write yes")) == (Exit.USAGE, "write yes")


def test_all_mistakes_of_a_config_are_told_a_line_each() -> None:
    mistakes = [Mistake("c.toml", line, "a", None, "is wrong") for line in (3, 7)]
    assert sentence(ConfigError(mistakes)).splitlines() == [
        "c.toml:3: a: is wrong",
        "c.toml:7: a: is wrong",
    ]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh installation, in mode propose, that has one plan."""
    path = tmp_path_factory.mktemp("errors") / "config.toml"
    assert run(["-q", "-c", str(path), "init", "--no-input"]) == 0
    assert run(["-q", "-c", str(path), "plan"]) == 0
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def plan_id(config: Path, capsys: pytest.CaptureFixture[str]) -> str:
    plans = json.loads(said(capsys, "-c", str(config), "history", "--json")[1])["plans"]
    return str(plans[0]["plan_id"])


def test_a_wrong_config_tells_every_mistake_on_a_line_of_its_own(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "config.toml"
    text = config.read_text().replace("absolute =", "absolut =").replace('"propose"', '"prpose"')
    wrong.write_text(text)
    wrong.chmod(0o600)
    for verb in ("plan", "orders", "check", "halt"):
        code, _, err = said(capsys, "-c", str(wrong), verb)
        assert code == 2
        assert "Traceback" not in err
    lines = said(capsys, "-c", str(wrong), "plan")[2].splitlines()
    assert [line.startswith(f"error: {wrong}:") for line in lines] == [True, True, False]
    assert lines[-1] == "fix: docs/config.md tells every key"
    assert 'did you mean "absolute"?' in "".join(lines)


def test_nothing_is_approved_where_nothing_is_ever_sent(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = said(capsys, "-c", str(config), "approve", plan_id(config, capsys))
    assert code == 4
    assert "mode propose: nothing is ever sent" in err
    assert 'mode = "approve"' in err


def test_a_mistyped_plan_is_met_with_those_that_look_like_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = plan_id(config, capsys)
    code, _, err = said(capsys, "-c", str(config), "reject", f"{known[:-1]}?")
    assert code == 2
    assert f"did you mean {known}?" in err


def test_a_mistyped_account_too(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["plan", "-a"], ["orders", "-a"], ["run", "-a"], ["halt"], ["check", "-a"]):
        code, out, err = said(capsys, "-c", str(config), *verb, "mian")
        assert code == 2
        assert "did you mean main?" in err + out


def test_an_option_in_the_wrong_place_is_met_with_the_right_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = said(capsys, "status", "-c", "config.toml")
    assert code == 2
    assert "trimtab status --help, and options like --config stand before the verb" in err


def test_quiet_leaves_data_and_errors(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "-q", "-c", str(config), "status")
    assert (code, err) == (0, "")
    assert "PAPER main" in out
    code, out, err = said(capsys, "-q", "-c", str(config), "halt", "nobody")
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "next:" in said(capsys, "-c", str(config), "status")[2], "quiet is for one command"


def test_no_password_is_ever_shown(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIMTAB_BOOK", "postgresql://me:sesame@127.0.0.1:1/book")
    for verb in (["check"], ["plan"], ["status"], ["db", "check"], ["db", "backup"]):
        code, out, err = said(capsys, "-c", str(config), *verb)
        assert code in {2, 3}
        assert "sesame" not in out + err


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ((), ("db",)):
        code, out, err = said(capsys, *words)
        assert (code, out) == (2, "")
        assert err.startswith("Usage: trimtab")
