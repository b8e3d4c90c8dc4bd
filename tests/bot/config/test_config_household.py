"""Households and harvests in the config: what they become, and every mistake by its place."""

from decimal import Decimal
from pathlib import Path

import pytest
from config_texts import GOOD, read, said

from bot.config.digest import policy_digest
from bot.config.mistakes import ConfigError
from bot.config.read import load
from bot.config.settings import Config, HouseholdSettings, Outside
from brokers.words import Symbol
from strategies.policy.taxpayer import Filing, HarvestPolicy, Taxpayer

D = Decimal
TAXABLE = f'{GOOD}[accounts.ira.tax]\nkind = "taxable"\n'
HOUSEHOLD = """
[household]
filing = "joint"
carryover_short = 1200
carryover_long = 300.50
may_defer = true
identical = [["VOO", "IVV"], ["BND", "AGG", "SCHZ"]]
outside = ["hsa", "401k"]
trades = ["hers.csv", "/srv/old.csv"]
[household.substitutes]
VTI = ["ITOT", "SCHB"]
BND = ["VCIT"]
"""


def account(name: str, *lines: str) -> str:
    text = GOOD.replace("accounts.ira", f"accounts.{name}")
    return text.replace('"paper"\n', '"paper"\n' + "".join(f"{line}\n" for line in lines))


def symbols(*names: str) -> tuple[Symbol, ...]:
    return tuple(map(Symbol, names))


def members(config: Config) -> dict[str, str]:
    return {str(each.account): each.household for each in config.accounts}


def test_unsaid_all_accounts_are_one_household() -> None:
    config = read(GOOD + account("main"))
    assert config.households == (HouseholdSettings(),)
    assert members(config) == {"ira": "", "main": ""}
    assert {each.policy.taxpayer for each in config.accounts} == {Taxpayer()}
    assert {each.policy.harvest for each in config.accounts} == {None}


def test_every_key_of_a_household_reaches_its_settings() -> None:
    config = read(GOOD + HOUSEHOLD)
    payer = Taxpayer(Filing.JOINT, D(1200), D("300.50"), may_defer=True)
    (found,) = config.households
    assert found == HouseholdSettings(
        name="",
        taxpayer=payer,
        identical=(symbols("VOO", "IVV"), symbols("BND", "AGG", "SCHZ")),
        outside=(Outside.HSA, Outside.PENSION),
        files=(Path("/etc/trimtab/hers.csv"), Path("/srv/old.csv")),
        substitutes=(
            (Symbol("BND"), symbols("VCIT")),
            (Symbol("VTI"), symbols("ITOT", "SCHB")),
        ),
    )
    assert found.group_of == {
        "VOO": "VOO",
        "IVV": "VOO",
        "BND": "BND",
        "AGG": "BND",
        "SCHZ": "BND",
    }
    assert config.accounts[0].policy.taxpayer == payer


def test_every_key_of_a_harvest_reaches_the_policy() -> None:
    lines = (
        'horizon_years = "never"',
        "growth = 0.07",
        "discount = 0.03",
        "min_usd = 200",
        "min_fall = 0.05",
        "swap_back = false",
        "gains_max = 5000",
    )
    text = "\n".join((TAXABLE + HOUSEHOLD, "[accounts.ira.harvest]", *lines, ""))
    (one,) = read(text).accounts
    assert one.policy.harvest == HarvestPolicy(
        substitutes=read(text).households[0].substitutes,
        horizon_years=None,
        growth=D("0.07"),
        discount=D("0.03"),
        net_min=D(200),
        fall_min=D("0.05"),
        swap_back=False,
        gains_max=D(5000),
    )


def test_the_table_alone_switches_it_on_and_a_word_off() -> None:
    on = TAXABLE + "[accounts.ira.harvest]\n"
    assert read(on).accounts[0].policy.harvest == HarvestPolicy()
    assert read(on + "enabled = false\n").accounts[0].policy.harvest is None
    assert read(on + 'gains_max = "off"\n').accounts[0].policy.harvest == HarvestPolicy()
    assert read(TAXABLE).accounts[0].policy.harvest is None
    variable = {"TRIMTAB_ACCOUNTS__IRA__HARVEST__MIN_USD": "75"}
    assert read(TAXABLE, variable).accounts[0].policy.harvest == HarvestPolicy(net_min=D(75))


def test_a_harvest_without_substitutes_is_told() -> None:
    on = TAXABLE + "[accounts.ira.harvest]\n"
    told = [str(each) for each in read(on).warnings if each.name == "no-substitutes"]
    assert told == [
        (
            "no-substitutes: accounts.ira.harvest: its household names no substitutes: without one "
            "nothing is harvested"
        )
    ]
    assert not [e for e in read(on + HOUSEHOLD).warnings if e.name == "no-substitutes"]


def test_clients_have_households_of_their_own() -> None:
    adviser = 'profile = "adviser"'
    text = "".join(
        (
            account("smith-a", adviser, 'household = "smith"'),
            account("smith-b", adviser, 'household = "smith"'),
            account("jones", adviser),
            account("brown", adviser),
            account("mine"),
            '[households.smith]\nfiling = "joint"\n[households.jones]\nfiling = "head"\n',
        )
    )
    config = read(text)
    assert members(config) == {
        "smith-a": "smith",
        "smith-b": "smith",
        "jones": "jones",
        "brown": "brown",
        "mine": "",
    }
    filings = {each.name: each.taxpayer.filing.value for each in config.households}
    assert filings == {"smith": "joint", "jones": "head", "brown": "single", "": "single"}
    payers = {str(a.account): a.policy.taxpayer.filing.value for a in config.accounts}
    assert payers["smith-b"] == "joint"
    assert payers["brown"] == "single"


def test_an_account_may_join_an_adviser_s_one() -> None:
    text = account("jones", 'profile = "adviser"') + account("hers", 'household = "jones"')
    assert members(read(text)) == {"jones": "jones", "hers": "jones"}


def test_all_of_it_can_be_set_from_outside() -> None:
    variables = {
        "TRIMTAB_HOUSEHOLD__FILING": "joint",
        "TRIMTAB_HOUSEHOLD__IDENTICAL": "VOO,IVV; BND,AGG",
        "TRIMTAB_HOUSEHOLD__OUTSIDE": "hsa",
        "TRIMTAB_HOUSEHOLD__TRADES": "a.csv,b.csv",
    }
    (found,) = read(GOOD, variables).households
    assert found.taxpayer.filing is Filing.JOINT
    assert found.identical == (symbols("VOO", "IVV"), symbols("BND", "AGG"))
    assert found.outside == (Outside.HSA,)
    assert [path.name for path in found.files] == ["a.csv", "b.csv"]


def mistake(text: str) -> str:
    (told,) = said(text)
    return told.partition(": ")[2]


GROUPS = 'must be lists of symbols, like [["VOO", "IVV"], ["BND", "AGG"]]'
HOUSEHOLD_MISTAKES = {
    'filing = "alone"': 'filing = "alone": must be "single", "joint", "separate" or "head"',
    "carryover_short = -5": "carryover_short = -5: must be a number from 0",
    "may_defer = 1": "may_defer = 1: must be true or false",
    'identical = ["VOO", "IVV"]': f'identical = ["VOO", "IVV"]: {GROUPS}',
    'identical = [["VOO"]]': 'identical = "VOO": is a group of one: every symbol is that anyway',
    'identical = [["VOO", "IVV"], ["IVV", "SPY"]]': 'identical = "IVV": is in two groups',
    'identical = [["VOO", "ivv"]]': f'identical = [[...]]: {GROUPS}; "ivv" is no symbol',
    "identical = []": "identical = []: must be lists of symbols",
    'outside = ["ira"]': 'outside[0] = "ira": must be "hsa" or "401k"',
    'trades = "~/hers.csv"': 'trades[0] = "~/hers.csv": must be a path',
    'trades = ["a.csv", "a.csv"]': 'trades = "a.csv": is in the list more than once',
    'substitutes.VTI = ["ITOT", "ITOT"]': 'substitutes.VTI = "ITOT": is in the list more than',
    'substitutes.VTI = ["VTI"]': 'substitutes.VTI = "VTI": cannot stand for itself',
    "substitutes.VTI = []": "substitutes.VTI = []: must be a list of symbols",
    'substitutes.vti = "ITOT"': "substitutes.vti: must be a symbol",
    'identical = [["VOO", "IVV"]]\nsubstitutes.VOO = "IVV"': (
        'substitutes.VOO = "IVV": is substantially identical to VOO, as identical says: it would'
    ),
}


@pytest.mark.parametrize("lines", HOUSEHOLD_MISTAKES)
def test_a_mistake_of_a_household_is_told_with_its_place(lines: str) -> None:
    told = mistake(f"{GOOD}[household]\n{lines}\n")
    assert told.startswith(f"household.{HOUSEHOLD_MISTAKES[lines]}")


def test_the_same_mistakes_are_found_in_a_client_s_table() -> None:
    text = account("a", 'household = "smith"') + '[households.smith]\nidentical = [["VOO"]]\n'
    assert mistake(text).startswith("households.smith.identical")


NAME_MISTAKES = {
    account("a", 'household = "smit"') + account("b"): (
        'accounts.a.household = "smit": there is no table [households.smit]; write one, or leave'
    ),
    f"{GOOD}[households.smith]\n": (
        'households.smith: is nobody\'s; write household = "smith" in its accounts'
    ),
    account("a", 'profile = "adviser"') + '[household]\nfiling = "joint"\n': (
        "household: is nobody's: every account has a household of its own; take it out"
    ),
    account("a", 'household = "x"')
    + account("b")
    + '[household]\ntrades = "a.csv"\n[households.x]\ntrades = "a.csv"\n': (
        'households.x.trades = "a.csv": belongs to household already'
    ),
}


@pytest.mark.parametrize("text", NAME_MISTAKES)
def test_a_household_that_does_not_fit_its_accounts_is_told(text: str) -> None:
    assert mistake(text).startswith(NAME_MISTAKES[text])


HARVEST_MISTAKES = {
    "horizon_years = 101": 'must be a number from 0 to 100, or "never" (years)',
    "growth = 5": "must be a number from -0.5 to 1 (share, 0.05 is 5 % a year); 5 % is 0.05",
    "discount = -1": "must be a number from -0.5 to 1",
    "min_usd = -1": "must be a number from 0",
    "min_fall = 2": "must be a number from 0 to 1",
    'gains_max = "never"': 'must be a number from 0 to 1000000000000, or "off"',
    "enabled = 1": "must be true or false",
    "least = 1": "no such key",
}


@pytest.mark.parametrize("line", HARVEST_MISTAKES)
def test_a_mistake_of_a_harvest_is_told_with_its_place(line: str) -> None:
    told = mistake(f"{TAXABLE}[accounts.ira.harvest]\n{line}\n")
    assert told.startswith(f"accounts.ira.harvest.{line.partition(' ')[0]}")
    assert HARVEST_MISTAKES[line] in told


@pytest.mark.parametrize("kind", ["traditional", "roth", "hsa"])
def test_losses_are_harvested_where_they_save_tax(kind: str) -> None:
    text = f'{GOOD}[accounts.ira.tax]\nkind = "{kind}"\n[accounts.ira.harvest]\n'
    assert mistake(text) == (
        f'accounts.ira.harvest: is not used while tax.kind = "{kind}": no loss is realised there; '
        "take it out"
    )
    assert said(f"{text}enabled = false\n") == []


def test_an_old_policy_keeps_its_digest_until_something_is_set() -> None:
    def digest(text: str) -> str:
        return policy_digest(read(text).accounts[0].policy)

    plain = digest(TAXABLE)
    assert digest(f"{TAXABLE}[household]\n") == plain
    assert digest(f'{TAXABLE}[household]\nfiling = "single"\noutside = ["hsa"]\n') == plain
    assert digest(f"{TAXABLE}[accounts.ira.harvest]\nenabled = false\n") == plain
    others = {
        digest(f'{TAXABLE}[household]\nfiling = "joint"\n'),
        digest(f"{TAXABLE}[household]\nmay_defer = true\n"),
        digest(f"{TAXABLE}[accounts.ira.harvest]\n"),
        digest(f"{TAXABLE}{HOUSEHOLD}[accounts.ira.harvest]\n"),
        digest(f"{TAXABLE}[accounts.ira.harvest]\nmin_usd = 60\n"),
    }
    assert len(others | {plain}) == 6


def test_the_guide_s_tables_are_good_ones() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "tax.md").read_text(encoding="utf-8")
    household, harvest = (part.partition("```")[0] for part in guide.split("```toml\n")[1:])
    base = TAXABLE.replace("accounts.ira", "accounts.main")
    config = read(f"{base}{harvest}{household}")
    (one,) = config.accounts
    assert one.policy.taxpayer.filing is Filing.JOINT
    assert one.policy.harvest is not None
    assert one.policy.harvest.substitutes == config.households[0].substitutes


RATES = """
[household.rates]
federal_short = 0.32
federal_long = 0.15
state_short = 0.05
state_long = 0.04
net_investment = 0.038
"""


def test_rates_in_parts_are_put_together_where_the_account_says_none() -> None:
    own_rate = "[accounts.ira.tax]\nshort_rate = 0.5\n"
    plain, own = (read(f"{GOOD}{more}{RATES}") for more in ("", own_rate))
    (one,), (other,) = plain.accounts, own.accounts
    assert (one.policy.tax.short_rate, one.policy.tax.long_rate) == (D("0.408"), D("0.228"))
    assert (other.policy.tax.short_rate, other.policy.tax.long_rate) == (D("0.5"), D("0.228"))


def test_rates_that_take_all_of_a_gain_are_a_mistake() -> None:
    rates = "[household.rates]\nfederal_short = 0.9\nstate_short = 0.2\n"
    (mistake,) = said(GOOD + rates)
    assert "household.rates" in mistake
    assert "take all of a short-term gain" in mistake


def test_what_funds_hold_tells_how_much_of_them_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "vti.csv").write_text("symbol,weight\nAAPL,0.6\nMSFT,0.4\n", encoding="utf-8")
    (tmp_path / "itot.csv").write_text("symbol,weight\nAAPL,0.5\nKO,0.5\n", encoding="utf-8")
    text = f"""{TAXABLE}{HOUSEHOLD}
[household.holdings]
VTI = "vti.csv"
ITOT = "itot.csv"
"""
    path = tmp_path / "config.toml"
    path.write_text(text.replace("may_defer", "overlap_max = 0.8\nmay_defer"), encoding="utf-8")
    config = load(path, {})
    payer = config.accounts[0].policy.taxpayer
    assert payer.overlaps == ((Symbol("VTI"), Symbol("ITOT"), D("0.5")),)
    assert payer.overlap_max == D("0.8")
    assert config.households[0].taxpayer == payer


HOLDINGS_WRONG = [
    ('VTI = "none.csv"', "", "cannot be read"),
    ('VTI = "f.csv"', "symbol,weight\nAAPL,0.9\nKO,0.2\n", "the weights add up to 1.1"),
    ('VTI = "f.csv"', "symbol,weight\n", "tells of nothing that the fund holds"),
    ('VTI = "f.csv"', "symbol,weight\nAAPL,60\n", "must be a number from 0 to 1"),
    ('QQQ = "f.csv"', "symbol,weight\nAAPL,0.6\n", "stands for nothing, and nothing for it"),
]


@pytest.mark.parametrize(("key", "held", "problem"), HOLDINGS_WRONG)
def test_holdings_that_cannot_be_are_named(
    tmp_path: Path, key: str, held: str, problem: str
) -> None:
    (tmp_path / "f.csv").write_text(held, encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(f"{GOOD}{HOUSEHOLD}[household.holdings]\n{key}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    (mistake,) = caught.value.mistakes
    assert problem in str(mistake)


def test_a_limit_of_overlap_without_any_file_is_of_no_use() -> None:
    (mistake,) = said(f"{GOOD}[household]\noverlap_max = 0.7\n")
    assert "no file tells what the funds hold" in mistake
