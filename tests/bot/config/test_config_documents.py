"""The documents made from the shape are current, and the example is a config that loads."""

import json
import tomllib
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from bot.config.limits_page import LIMITS_FILE, limits_page
from bot.config.read import load
from bot.config.reference import REFERENCE_FILE, SCHEMA_FILE, keys, write_documents
from bot.config.schema import config_schema
from bot.config.write import InitAnswers, config_text
from bot.limits import Limits

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config.example.toml"
REFRESH = (
    'run: python -c "from pathlib import Path; from bot.config.reference import write_documents; '
    "write_documents(Path('docs'))\""
)


@pytest.mark.parametrize("name", [REFERENCE_FILE, SCHEMA_FILE])
def test_the_documents_are_current(name: str, tmp_path: Path) -> None:
    write_documents(tmp_path)
    kept, made = ROOT / "docs" / name, tmp_path / name
    assert kept.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), REFRESH


def test_the_page_of_limits_is_current() -> None:
    kept = (ROOT / "docs" / LIMITS_FILE).read_text(encoding="utf-8")
    assert kept == limits_page(), (
        'run: python -c "from pathlib import Path; from bot.config import limits_page; '
        "limits_page.write_limits(Path('docs'))\""
    )
    assert all(f"| `{limit.name}` |" in kept for limit in fields(Limits))


def test_every_key_has_a_meaning_and_a_unit() -> None:
    bare = [name for name, slot in keys() if not slot.info.description or not slot.kind]
    assert bare == []
    assert [name for name, slot in keys() if slot.kind and not slot.kind.unit] == []


def test_the_example_loads_without_a_warning() -> None:
    config = load(EXAMPLE, {})
    assert [account.account for account in config.accounts] == ["ira"]
    assert config.warnings == ()


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    limits = "accounts.NAME.limits."
    names = [name.rsplit(".", 1)[-1] for name, _ in keys() if not name.startswith(limits)]
    assert [name for name in names if f"{name} = " not in text and f".{name}]" not in text] == []


def test_every_number_of_the_example_has_its_unit_beside_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    weights = lines[lines.index(next(line for line in lines if "target.weights]" in line)) :]
    named = {line.split(" = ")[0] for line in weights[1:8]}
    numbers = [line for line in lines if " = " in line and line.split(" = ")[1][:1].isdigit()]
    bare = [line for line in numbers if "# " not in line and line.split(" = ")[0] not in named]
    assert bare == []


def instance(text: str) -> object:
    return json.loads(json.dumps(tomllib.loads(text)))


@pytest.mark.parametrize("text", [EXAMPLE.read_text(), config_text(InitAnswers())])
def test_the_schema_accepts_what_loads(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(config_schema())
    jsonschema.validate(instance(text), config_schema())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("absolute = 0.05", "absolut = 0.05"),
        ("absolute = 0.05", "absolute = 5"),
        ("absolute = 0.05", 'absolute = "of"'),
        ('mode = "propose"', 'mode = "act"'),
        ("AAPL", "aapl"),
        ("cooldown_days = 2", "cooldown_days = 0.5"),
        ('"friday"', "5"),
        ('"open+15m"', '"10:00"'),
        ('broker = "paper"', ""),
    ],
)
def test_the_schema_refuses_what_does_not_load(right: str, wrong: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(right, wrong)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(instance(text), config_schema())


def test_the_schema_knows_off_and_one_instead_of_a_list() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("absolute = 0.05", 'absolute = "off"').replace(
        'at = ["open+15m", "close-45m"]', 'at = "open+15m"'
    )
    jsonschema.validate(instance(text), config_schema())
    bands = config_schema()["$defs"]["BandsTable"]["properties"]
    assert bands["absolute"]["default"] == 0.05
    assert "null" not in json.dumps(config_schema())
