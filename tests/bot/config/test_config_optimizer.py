"""The owner's limits: what they become, and every mistake in them by its place."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from config_texts import GOOD, WEIGHT, read, said

from bot.config.digest import policy_digest
from bot.config.mistakes import ConfigError
from bot.config.read import load
from brokers.words import Symbol
from strategies.policy import ExposureLimit, GroupLimit, OnConflict, Optimizer, TiltWish

D = Decimal
AAPL, MSFT, KO = Symbol("AAPL"), Symbol("MSFT"), Symbol("KO")

ALL = """\
[accounts.ira.optimizer]
tracking_error_max = 0.02
volatility_max = 0.15
value_at_risk_max = 0.016
turnover_max = 0.20
participation_max = 0.005
no_buy = "MSFT"
no_sell = ["KO", "AAPL"]
no_trade = []
closeness = 0.5
cost_aversion = 2
tax_aversion = 0
on_conflict = "relax"
seconds = 30
verify = true
[[accounts.ira.optimizer.groups]]
name = "Technology"
members = ["MSFT", "AAPL"]
max = 0.30
[[accounts.ira.optimizer.groups]]
name = "Drinks"
members = ["KO"]
min = 0.05
[[accounts.ira.optimizer.exposures]]
name = "beta"
coefficients = { MSFT = 1.1, AAPL = -1.2 }
min = 0.5
max = 1.1
[[accounts.ira.optimizer.tilts]]
name = "dividends"
coefficients = { KO = 0.03 }
level = 0.01
weight = 5
"""


def test_every_key_reaches_the_policy() -> None:
    (account,) = read(GOOD + ALL).accounts
    assert account.policy.optimizer == Optimizer(
        tracking_error_max=D("0.02"),
        volatility_max=D("0.15"),
        value_at_risk_max=D("0.016"),
        turnover_max=D("0.20"),
        participation_max=D("0.005"),
        no_buy=(MSFT,),
        no_sell=(AAPL, KO),
        groups=(
            GroupLimit("Drinks", (KO,), D("0.05"), None),
            GroupLimit("Technology", (AAPL, MSFT), None, D("0.30")),
        ),
        exposures=(
            ExposureLimit("beta", ((AAPL, D("-1.2")), (MSFT, D("1.1"))), D("0.5"), D("1.1")),
        ),
        tilts=(TiltWish("dividends", ((KO, D("0.03")),), D("0.01"), D(5)),),
        closeness=D("0.5"),
        cost_aversion=D(2),
        tax_aversion=D(0),
        on_conflict=OnConflict.RELAX,
        seconds=30,
        verify=True,
    )


def test_nothing_said_is_nothing_limited_and_the_same_policy_as_ever() -> None:
    (account,) = read(GOOD).accounts
    assert account.policy.optimizer == Optimizer()
    (other,) = read(GOOD + "[accounts.ira.optimizer]\nseconds = 11\n").accounts
    assert policy_digest(other.policy) != policy_digest(account.policy)


def test_it_is_set_from_outside_too() -> None:
    environ = {"TRIMTAB_ACCOUNTS__IRA__OPTIMIZER__TURNOVER_MAX": "0.1"}
    flags = {"accounts.ira.optimizer.no_buy": "KO,AAPL"}
    (account,) = read(GOOD + ALL, environ, flags).accounts
    assert account.policy.optimizer.turnover_max == D("0.1")
    assert account.policy.optimizer.no_buy == (AAPL, KO)


def with_labels(folder: Path, labels: str, limits: str = "Technology = 0.45") -> Path:
    """A config beside a file of labels."""
    (folder / "labels.csv").write_text(labels, encoding="utf-8")
    text = f'{GOOD}[accounts.ira.optimizer]\nlabels = "labels.csv"\n'
    text += f"[accounts.ira.optimizer.limits.sector]\n{limits}\n"
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return folder / "config.toml"


def test_a_limit_on_a_label_is_a_group_of_all_names_that_have_it(tmp_path: Path) -> None:
    labels = "symbol,sector,country\nMSFT,Technology,US\nAAPL,Technology,US\nKO,Staples,\n"
    config = load(with_labels(tmp_path, labels), {})
    (account,) = config.accounts
    assert account.policy.optimizer.groups == (
        GroupLimit("sector Technology", (AAPL, MSFT), None, D("0.45")),
    )
    assert config.warnings == ()
    variable = "TRIMTAB_ACCOUNTS__IRA__OPTIMIZER__LIMITS__SECTOR__TECHNOLOGY"
    (account,) = load(tmp_path / "config.toml", {variable: "0.5"}).accounts
    assert account.policy.optimizer.groups[0].high == D("0.5")


def test_a_name_without_a_label_is_told(tmp_path: Path) -> None:
    config = load(with_labels(tmp_path, "symbol,sector\nAAPL,Technology\nMSFT,\n"), {})
    assert [(caution.name, caution.text) for caution in config.warnings] == [
        ("not-labelled", "no sector of MSFT: no limit by sector counts them")
    ]


def cautions(text: str, mode: str = "propose") -> list[tuple[str, str, str]]:
    given = GOOD.replace("[accounts.ira]\n", f'[accounts.ira]\nmode = "{mode}"\n')
    told = read(given + text).warnings
    return [(each.name, each.key.removeprefix("accounts.ira."), each.text) for each in told]


def test_a_name_that_is_no_target_is_told() -> None:
    """It is no mistake, since it may be held; but a slip of the pen limits nothing."""
    group = "[[accounts.ira.optimizer.groups]]\nname = 'Tech'\nmembers = ['MFST']\nmax = 0.3\n"
    beta = "[[accounts.ira.optimizer.exposures]]\nname = 'beta'\nmax = 1\n"
    beta += "coefficients = { AAPL = 1.2, XOM = 0.9 }\n"
    text = f"[accounts.ira.optimizer]\nno_sell = 'KKO'\n{group}{beta}"
    assert cautions(text) == [
        ("not-a-target", "optimizer.no_sell", "no target has KKO: it counts only while it is held"),
        (
            "not-a-target",
            'optimizer.groups "Tech"',
            "no target has MFST: it counts only while it is held",
        ),
        (
            "not-a-target",
            'optimizer.exposures "beta"',
            "no target has XOM: it counts only while it is held",
        ),
        (
            "no-coefficient",
            'optimizer.exposures "beta"',
            "no coefficient of MSFT: they count as zero",
        ),
    ]


def test_a_search_that_makes_every_plan_too_old_is_told() -> None:
    text = "[accounts.ira.optimizer]\nseconds = 120\n"
    slow = [each for each in cautions(text, "auto") if each[0] == "search-too-slow"]
    assert slow == [
        (
            "search-too-slow",
            "optimizer.seconds",
            "120 s, where limits.snapshot_age_seconds refuses plans older than 120 s",
        )
    ]
    assert cautions(text) == []


def test_a_group_has_not_the_name_of_a_limit_on_labels(tmp_path: Path) -> None:
    """Where one of two of a name is broken, both would give way."""
    path = with_labels(tmp_path, "symbol,sector\nAAPL,Technology\nMSFT,Technology\nKO,Staples\n")
    group = "[[accounts.ira.optimizer.groups]]\nname = 'sector Technology'\n"
    text = path.read_text(encoding="utf-8") + group + "members = ['KO']\nmax = 0.9\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="is the name of a limit on labels already"):
        load(path, {})


LABELS = [
    ("name,sector\nAAPL,Technology\n", "labels.csv:1: must begin with a header like symbol,sec"),
    ("symbol\nAAPL\n", "labels.csv:1: must begin with a header like symbol,sector,country"),
    ("", "labels.csv:1: must begin with a header like symbol,sector,country"),
    ("symbol,sector\nAAPL\n", 'labels.csv:2: "AAPL": must have 2 columns, as the header has'),
    ("symbol,sector\naapl,T\n", 'labels.csv:2: "aapl,T": the symbol must be 1 to 12 capital'),
    (
        "symbol,sector\nAAPL,T\nAAPL,U\n",
        'labels.csv:3: "AAPL,U": this symbol has its labels already',
    ),
    (
        "symbol,sector\nAAPL,Tech\nKO,Staples\n",
        (
            "config.toml:9: accounts.ira.optimizer.limits.sector.Technology: nothing has this "
            "sector; there is: Staples, Tech"
        ),
    ),
    (
        "symbol,industry\nAAPL,Tech\n",
        (
            "config.toml:8: accounts.ira.optimizer.limits.sector: labels.csv has no such column; "
            "it has: industry"
        ),
    ),
]


@pytest.mark.parametrize(("labels", "message"), LABELS)
def test_says_what_is_wrong_with_labels(labels: str, message: str, tmp_path: Path) -> None:
    path = with_labels(tmp_path, labels)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    (found,) = caught.value.mistakes
    assert message in str(found).replace(f"{tmp_path}/", "")


def test_a_file_of_labels_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = with_labels(tmp_path, "")
    (tmp_path / "labels.csv").unlink()
    with pytest.raises(ConfigError, match=r"labels\.csv: cannot be read: No such file"):
        load(path, {})


def test_the_examples_of_the_page_are_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "constraints.md"
    whole, labelled = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (account,) = read(GOOD + whole).accounts
    assert account.policy.optimizer.turnover_max == D("0.20")
    assert account.policy.optimizer.exposures[0].high == D("1.1")
    limit = labelled.strip().splitlines()[-1]
    labels = "symbol,sector\nAAPL,Technology\nMSFT,Technology\n"
    (account,) = load(with_labels(tmp_path, labels, limit), {}).accounts
    assert [group.high for group in account.policy.optimizer.groups] == [D("0.45")]


GROUP = '[[accounts.ira.optimizer.groups]]\nname = "T"\nmembers = ["AAPL"]\n'
FACTOR = '[[accounts.ira.optimizer.exposures]]\nname = "beta"\ncoefficients = { AAPL = 1 }\n'
HERE = "config.toml:6: accounts.ira.optimizer"

MISTAKES = [
    (GROUP, f'{HERE}.groups[0]: "T" limits nothing; write min or max'),
    (FACTOR, f'{HERE}.exposures[0]: "beta" limits nothing; write min or max'),
    (
        GROUP + "min = 0.5\nmax = 0.4\n",
        (
            "config.toml:10: accounts.ira.optimizer.groups[0].max = 0.4: must be at least min, "
            "which is 0.5"
        ),
    ),
    (
        GROUP.replace('["AAPL"]', "[]") + "max = 0.4\n",
        "config.toml:8: accounts.ira.optimizer.groups[0].members: is empty; name the members",
    ),
    (
        GROUP.replace('["AAPL"]', '["KO", "KO"]') + "max = 0.4\n",
        (
            'config.toml:8: accounts.ira.optimizer.groups[0].members = "KO": is in the list more '
            "than once"
        ),
    ),
    (
        f"{GROUP}max = 0.4\n{GROUP}max = 0.5\n",
        (
            'config.toml:11: accounts.ira.optimizer.groups[1].name = "T": is the name of another '
            "one already"
        ),
    ),
    (
        GROUP + "max = 40\n",
        f"config.toml:9: accounts.ira.optimizer.groups[0].max = 40: {WEIGHT}; 40 % is 0.4",
    ),
    (
        GROUP + "maxx = 0.4\n",
        (
            "config.toml:9: accounts.ira.optimizer.groups[0].maxx = 0.4: no such key; did you mean "
            '"max"?'
        ),
    ),
    (
        FACTOR.replace("AAPL = 1", "") + "max = 1\n",
        (
            "config.toml:8: accounts.ira.optimizer.exposures[0].coefficients: is empty; write "
            "{ SYMBOL = 1.0 }"
        ),
    ),
    (
        "[accounts.ira.optimizer]\nno_buy = ['KO', 'KO']\n",
        'config.toml:7: accounts.ira.optimizer.no_buy = "KO": is in the list more than once',
    ),
    (
        "[accounts.ira.optimizer]\non_conflict = 'give up'\n",
        'config.toml:7: accounts.ira.optimizer.on_conflict = "give up": must be "hold" or "relax"',
    ),
    (
        "[accounts.ira.optimizer]\nturnover = 0.2\n",
        (
            "config.toml:7: accounts.ira.optimizer.turnover = 0.2: no such key; did you mean "
            '"turnover_max"?'
        ),
    ),
    (
        "[accounts.ira.optimizer]\ntracking_error_max = 0\n",
        (
            "config.toml:7: accounts.ira.optimizer.tracking_error_max = 0: must be a number from "
            "0.0001 to 2 (volatility a year, 0.02 is 2 %)"
        ),
    ),
    (
        "[accounts.ira.optimizer.limits.sector]\nTechnology = 0.3\n",
        f"{HERE}.limits: needs labels, a CSV file with the header symbol,sector,...",
    ),
    (
        "[accounts.ira.optimizer.limits]\nsector = 0.3\n",
        "config.toml:7: accounts.ira.optimizer.limits.sector = 0.3: must be a table",
    ),
    (
        "[accounts.ira.optimizer]\ngroups = { name = 'T', members = ['KO'], max = 0.3 }\n",
        "config.toml:7: accounts.ira.optimizer.groups = (a table): must be a list in brackets",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_says_what_is_wrong_with_limits(text: str, message: str) -> None:
    assert said(GOOD + text) == [message]
