"""Every post knows its household, also that of accounts which are not worked now."""

from datetime import UTC, datetime
from pathlib import Path

from bot.cli.wiring import hands_of, keep_replay, open_office, read_config
from bot.config.settings import Config
from bot.rounds import planning_post

MOMENT = datetime(2020, 1, 8, 17, tzinfo=UTC)
ACCOUNT = """
[accounts.{name}]
broker = "paper"
{more}
[accounts.{name}.target.weights]
XOM = 0.5
KO = 0.5
"""


def installed(folder: Path, **more: str) -> Config:
    """Accounts on paper, on a day of the tape."""
    path = folder / "config.toml"
    tables = (ACCOUNT.format(name=name, more=line) for name, line in more.items())
    path.write_text("".join(tables) + '[households.smith]\nfiling = "joint"\n', encoding="utf-8")
    config = read_config(path)
    config.state_dir.mkdir()
    keep_replay(config, MOMENT)
    return config


def test_each_post_has_the_household_of_its_account(tmp_path: Path) -> None:
    smith = 'household = "smith"'
    config = installed(tmp_path, a="", b="", c=smith)
    with open_office(config, hands_of(config), config.accounts[:1]) as (office, desks):
        (post,) = [planning_post(desk, office) for desk in desks]
        assert post.kin is not None
        assert [str(one.account) for one in post.kin.accounts] == ["a", "b"]
        assert office.kin[config.accounts[1].account] is post.kin
        other = office.kin[config.accounts[2].account]
        assert [str(one.account) for one in other.accounts] == ["c"]
        assert other.settings.taxpayer == config.accounts[2].policy.taxpayer
        home = post.kin.home(MOMENT)
        assert home.ledger.open_lots == ()
        assert [words.split(": ")[0] for words in home.doubts] == [
            "nothing is known yet of what a bought",
            "nothing is known yet of what b bought",
        ]
