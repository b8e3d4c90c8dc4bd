"""The quick way to who belongs together agrees with the full reading of the config."""

from pathlib import Path

import pytest
from config_texts import GOOD

from bot.config.quick import FamilyGlance, find_families
from bot.config.read import load
from bot.config.where import read_raw

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
LIVE = '"manual"\nenvironment = "live"\nlive_account = "U{name}"\n'


def account(name: str, *lines: str, live: bool = False) -> str:
    text = GOOD.replace("accounts.ira", f"accounts.{name}")
    text = text.replace('"paper"\n', LIVE.format(name=name)) if live else text
    return text.replace("[accounts." + name + "]\n", "\n".join((f"[accounts.{name}]", *lines, "")))


def fully(path: Path, environ: dict[str, str]) -> list[FamilyGlance]:
    """The same from the whole config."""
    config = load(path, environ)
    files = {each.name: each.files for each in config.households}
    members: dict[tuple[str, str], list[str]] = {}
    for each in config.accounts:
        members.setdefault((each.household, each.environment.value), []).append(each.account)
    return [
        FamilyGlance(name, money, tuple(accounts), files[name])
        for (name, money), accounts in members.items()
    ]


ADVISER = 'profile = "adviser"'
SMITH = 'household = "smith"'
TEXTS = {
    "one account": GOOD,
    "files": f'{GOOD}[household]\ntrades = ["hers.csv", "/srv/old.csv"]\n',
    "a lone file": f'{GOOD}[household]\ntrades = "hers.csv"\n',
    "real and play money": account("a", live=True) + account("b") + account("c", live=True),
    "clients": account("a", ADVISER, SMITH)
    + account("b", ADVISER, SMITH, live=True)
    + account("c", ADVISER)
    + account("d")
    + '[households.smith]\ntrades = "smith.csv"\n[households.c]\nfiling = "joint"\n',
}
ENVIRONS: dict[str, dict[str, str]] = {
    "nothing": {},
    "files": {"TRIMTAB_HOUSEHOLD__TRADES": "x.csv, y.csv"},
}


@pytest.mark.parametrize("environ", ENVIRONS)
@pytest.mark.parametrize("text", TEXTS)
def test_both_ways_find_the_same(tmp_path: Path, text: str, environ: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXTS[text], encoding="utf-8")
    quickly = list(find_families(path, ENVIRONS[environ], read_raw(path)))
    assert quickly == fully(path, ENVIRONS[environ])


def test_variables_move_an_account(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(account("a-b") + account("c", SMITH) + "[households.smith]\n", encoding="utf-8")
    for environ in (
        {"TRIMTAB_ACCOUNTS__A_B__HOUSEHOLD": "smith"},
        {"TRIMTAB_ACCOUNTS__A_B__PROFILE": "adviser"},
        {"TRIMTAB_HOUSEHOLDS__SMITH__TRADES": "s.csv"},
    ):
        assert list(find_families(path, environ, read_raw(path))) == fully(path, environ)


def test_the_example_is_found() -> None:
    assert list(find_families(EXAMPLE, {}, read_raw(EXAMPLE))) == fully(EXAMPLE, {})


@pytest.mark.parametrize(
    "text",
    [
        "accounts = 3",
        "[accounts]\nira = 3",
        f"{GOOD}[household]\ntrades = 3",
        f"{GOOD}[household]\ntrades = [3]",
        f"household = 3\n{GOOD}",
        GOOD.replace('"paper"', '"paper"\nhousehold = 3'),
        GOOD.replace('"paper"', '"paper"\nenvironment = []'),
    ],
)
def test_what_the_full_reading_refuses_is_passed_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    found = list(find_families(path, {}, read_raw(path)))
    assert all(not each.files for each in found)
