"""docs/your-own-strategy.md to the letter: its files are written, checked, planned with, broken."""

import re
import tomllib
from pathlib import Path

import pytest
from owners_code import NAMES, RETURNS, given

from bot.cli.app import run
from bot.outside import ARGUMENTS
from bot.outside.ask import ask_forecast
from bot.outside.place import Group
from strategies.policy.own_code import OwnCode

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "your-own-strategy.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```\w+ (\S+)\n(.*?)```", PAGE, re.DOTALL))
(SHOWN,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
NUMBERS = re.compile(r"[0-9]+")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """The account of the page."""
    tmp_path.chmod(0o755)
    for name in ("my_strategy.py", "config.toml"):
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
        (tmp_path / name).chmod(0o644)
    return str(tmp_path / "config.toml")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(arguments)
    return code, capsys.readouterr().out


def test_the_example_is_twenty_lines() -> None:
    assert len(FILES["my_strategy.py"].splitlines()) <= 20


def test_the_example_is_checked_and_planned_with(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = said(capsys, "--config", config, "check")
    assert code == 0
    assert re.search(
        r"^ok    your code my_strategy.py:weights answered for 12 names in "
        r"[0-9]+\.[0-9] s of the 10 s that it may take$",
        shown,
        re.MULTILINE,
    )
    code, shown = said(capsys, "--config", config, "plan")
    assert code == 0
    bought = re.findall(r"^buy +([A-Z]+) ", shown, re.MULTILINE)
    assert len(bought) == 4, "it holds so many names, as the page's parameters say"
    assert "first allocation" in shown
    assert "the best:" not in shown, "what it prints is not mixed in"


def test_where_it_fails_the_plan_says_what_the_page_shows(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(config).with_name("my_strategy.py")
    rise = "    rise = prices[-1]"
    assert rise in FILES["my_strategy.py"]
    file.write_text(
        FILES["my_strategy.py"].replace(
            "    if len(", "    prices = prices[:60]; assert 1\n    if len("
        )
    )
    text = Path(config).read_text().replace("lookback = 60", "lookback = 120")
    Path(config).write_text(text)
    code, shown = said(capsys, "--config", config, "plan")
    assert code == 0
    begin = shown[: shown.index("Largest drift")] if "Largest drift" in shown else shown
    assert NUMBERS.sub("#", begin).startswith(NUMBERS.sub("#", SHOWN))
    code, shown = said(capsys, "--config", config, "check")
    assert code == 2
    assert "fail  account main: your code my_strategy.py:weights gave no answer: my_strat" in shown


def test_a_slow_answer_is_warned_of(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(config).with_name("my_strategy.py")
    wait = "import threading\nthreading.Event().wait(1.1)\n"
    file.write_text(wait + FILES["my_strategy.py"])
    Path(config).write_text(Path(config).read_text().replace("seconds = 10", "seconds = 2"))
    shown = said(capsys, "--config", config, "check")[1]
    assert "warn  your code my_strategy.py:weights answered" in shown or "longer than 2 s" in shown


def test_every_argument_has_its_row() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(ARGUMENTS)


def test_the_forecast_says_what_it_says_it_does(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "my_model.py").write_text(FILES["my_model.py"])
    (tmp_path / "my_model.py").chmod(0o644)
    found = ask_forecast(OwnCode("file:my_model.py:forecast", seconds=60), given(), tmp_path)
    own = 252 * RETURNS.mean(axis=0)
    wanted = dict(zip(NAMES, (own + own.mean()) / 2, strict=True))
    assert found.values == pytest.approx(wanted, rel=1e-9)


def test_a_strategy_of_ours_takes_the_forecast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o755)
    model, config = tmp_path / "my_model.py", tmp_path / "config-forecast.toml"
    model.write_text(FILES["my_model.py"])
    model.chmod(0o644)
    config.write_text(FILES["config-forecast.toml"])
    code, shown = said(capsys, "--config", str(config), "plan")
    assert code == 0
    assert len(re.findall(r"^buy +[A-Z]+ ", shown, re.MULTILINE)) >= 4, "none is over a quarter"
    model.write_text("def forecast(pull): return [0.1]")
    code, shown = said(capsys, "--config", str(config), "plan")
    assert code == 0
    why = "Hold: your code my_model.py:forecast gave no answer: it returned 1 numbers for 12 names"
    assert why in " ".join(shown.split())


def test_the_entry_points_are_of_our_groups() -> None:
    groups = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    assert set(groups) == {Group.STRATEGIES.value}
    assert Group.FORECASTS.value in PAGE
    assert 'strategy = "momentum"' in PAGE
    assert "momentum" in groups[Group.STRATEGIES.value]
