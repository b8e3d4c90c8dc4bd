"""Code of the owner's own, as the config names it: by file and function, or by entry point."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from config_texts import mistakes, read, said

from bot.config.digest import policy_digest
from bot.config.own_code import MeansFile, Reference, source_or_forecast
from bot.config.schema import config_schema
from bot.outside import ARGUMENTS
from brokers.words import Symbol
from strategies.policy.own_code import OwnCode
from strategies.policy.target import MeanSource, Target

OWN = """\
[accounts.ira]
broker = "paper"
[accounts.ira.target]
strategy = "file:mine.py:weights"
symbols = ["MSFT", "AAPL"]
"""
HALF = ((Symbol("AAPL"), Decimal("0.5")), (Symbol("MSFT"), Decimal("0.5")))


def target(text: str, environ: dict[str, str] | None = None) -> Target:
    return read(text, environ).accounts[0].policy.target


def test_a_file_and_a_function_are_the_strategy() -> None:
    assert target(OWN) == Target("own", HALF, own=OwnCode("file:mine.py:weights"))
    assert read(OWN).accounts[0].folder == Path("/etc/trimtab")


def test_parameters_and_means_are_kept_exactly() -> None:
    text = f"""{OWN}
[accounts.ira.target.parameters]
lookback = 120
decay = 0.940
kinds = ["a", 1, true]
label = "x"
[accounts.ira.target.code]
seconds = 30
memory_mib = 512
"""
    parameters = (
        ("decay", Decimal("0.940")),
        ("kinds", ("a", 1, True)),
        ("label", "x"),
        ("lookback", 120),
    )
    assert target(text).own == OwnCode("file:mine.py:weights", parameters, 30, 512)


def test_a_variable_sets_a_parameter_that_is_there() -> None:
    text = f"{OWN}[accounts.ira.target.parameters]\nlookback = 120\n"
    name = "TRIMTAB_ACCOUNTS__IRA__TARGET__PARAMETERS__LOOKBACK"
    for typed, wanted in (("60", 60), ("0.5", Decimal("0.5")), ("true", True), ("slow", "slow")):
        own = target(text, {name: typed}).own
        assert own is not None
        assert own.parameters == (("lookback", wanted),)


WRONG = [
    ('"file:mine.py"', "must be "),
    ('"file:mine.txt:weights"', "must be "),
    ('"file:~/mine.py:weights"', "must be "),
    ('"file:mine.py:1st"', "must be "),
    ('"nobody"', '"file:FILE.py:FUNCTION" or the name of an entry point in trimtab.strategies'),
    ("3", "must be "),
]


@pytest.mark.parametrize(("word", "wanted"), WRONG)
def test_a_word_that_leads_nowhere_is_refused(word: str, wanted: str) -> None:
    (only,) = said(OWN.replace('"file:mine.py:weights"', word))
    assert only.startswith("config.toml:4: accounts.ira.target.strategy")
    assert wanted in only


def test_an_entry_point_is_named_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    lines = "[trimtab.strategies]\nacme-one = acme:one\n[trimtab.forecasts]\nacme-two = acme:two\n"
    (info / "entry_points.txt").write_text(lines)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert target(OWN.replace("file:mine.py:weights", "acme-one")).own == OwnCode("acme-one")
    assert "acme-one" in said(OWN.replace("file:mine.py:weights", "acme-two"))[0]
    kind = source_or_forecast({"historical": MeanSource.HISTORICAL}).kind
    assert kind.read("forecast:acme-two") == Reference("acme-two")


def test_a_source_of_means_may_be_a_forecast() -> None:
    kind = source_or_forecast({"historical": MeanSource.HISTORICAL}).kind
    assert kind.read("historical") is MeanSource.HISTORICAL
    assert kind.read("forecast:my_model.py:forecast") == Reference("file:my_model.py:forecast")
    assert kind.read("file:means.csv") == MeansFile("means.csv")
    for wrong in ("forecast:", "forecast:none", "file:my_model.py:forecast", "my_model.py:f", 1):
        with pytest.raises(Exception, match=r'"historical", "forecast:FILE.py:FUNCTION" or'):
            kind.read(wrong)


def test_it_is_asked_about_names_and_nothing_else() -> None:
    without = OWN.replace('symbols = ["MSFT", "AAPL"]\n', "")
    assert "needs symbols" in mistakes(without, {})
    assert "is not used by strategy" in mistakes(OWN + "weights = { AAPL = 1 }\n", {})


def test_a_corridor_need_not_hold_what_nobody_knows_yet() -> None:
    text = f"{OWN}[accounts.ira.bands.corridors]\nAAPL = {{ low = 0.0, high = 0.1 }}\n"
    assert said(text) == []
    assert "is not among the targets" in said(text.replace("AAPL =", "KO ="))[0]


def test_its_tables_are_for_it_alone() -> None:
    text = OWN.replace("file:mine.py:weights", "equal")
    for table in ("code]\nseconds = 5", "parameters]\nx = 1"):
        (only,) = said(f"{text}[accounts.ira.target.{table}\n")
        assert "is for your own code" in only


@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_it_is_given_anyway_is_no_parameter(name: str) -> None:
    (only,) = said(f"{OWN}[accounts.ira.target.parameters]\n{name} = 1\n")
    assert only.endswith(
        f"target.parameters.{name}: is what your code is given anyway; call it otherwise"
    )


def test_a_secret_and_what_is_no_plain_value_are_refused() -> None:
    for line, wanted in (
        ('api_key = "x"', "a secret does not belong here"),
        ("day = 2026-01-01", "must be a number, text, true or false, or a list of these"),
        ("rate = nan", "must be a number, text, true or false, or a list of these"),
        ("deep = [[1]]", "must be a number, text, true or false, or a list of these"),
        ("table = { a = 1 }", "must be a number, text, true or false, or a list of these"),
        ('"a b" = 1', "must be the name of a parameter of your function"),
    ):
        (only,) = said(f"{OWN}[accounts.ira.target.parameters]\n{line}\n")
        assert wanted in only


def test_the_schema_takes_what_loads() -> None:
    table = {"strategy": "file:mine.py:weights", "symbols": ["KO"], "parameters": {"a": [1, "b"]}}
    account = {"broker": "paper", "target": table}
    jsonschema.validate({"accounts": {"ira": account}}, config_schema())
    for wrong in (
        {"strategy": "file:mine.py"},
        {"parameters": {"a": {"b": 1}}},
        {"code": {"x": 1}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(
                {"accounts": {"ira": {**account, "target": {**table, **wrong}}}}, config_schema()
            )


def test_another_parameter_is_another_policy() -> None:
    policy = read(OWN).accounts[0].policy
    assert policy.target.own is not None
    others = [
        replace(policy.target.own, parameters=(("a", 1),)),
        replace(policy.target.own, reference="file:mine.py:other"),
        replace(policy.target.own, seconds=11),
    ]
    digests = {policy_digest(replace(policy, target=replace(policy.target, own=o))) for o in others}
    assert len(digests | {policy_digest(policy)}) == 4


def test_code_that_may_outlast_its_plan_is_warned_of() -> None:
    text = OWN.replace('"paper"\n', '"paper"\nmode = "auto"\n')
    slow = f"{text}[accounts.ira.target.code]\nseconds = 115\n"
    (only,) = [each for each in read(slow).warnings if each.name == "code-too-slow"]
    assert only.key == "accounts.ira.target.code.seconds"
    assert only.text == (
        "with optimizer.seconds up to 125 s, where limits.snapshot_age_seconds refuses plans older"
        " than 120 s"
    )
    for quick in (text, slow.replace('mode = "auto"', 'mode = "approve"')):
        assert [each for each in read(quick).warnings if each.name == "code-too-slow"] == []
