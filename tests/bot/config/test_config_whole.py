"""Whole files that are wrong, in one place or in many."""

import pytest
from config_texts import GOOD, WEIGHT, said

from bot.config.walk import slot_at, tables

WHOLE_CONFIGS = [
    ("", "config.toml:1: accounts: no account is set up; write a table [accounts.NAME]"),
    (
        "accounts = 1",
        "config.toml:1: accounts = 1: must be a table",
    ),
    (
        GOOD.replace("0.6", "1.1"),
        f"config.toml:4: accounts.ira.target.weights.AAPL = 1.1: {WEIGHT}; 1.1 % is 0.011",
    ),
    (
        GOOD.replace("0.4", "0.9"),
        "config.toml:3: accounts.ira.target.weights: sum to 1.5, must sum to 1 (within 0.0001)",
    ),
    (
        GOOD.replace("MSFT", "BRK.B"),
        (
            f"config.toml:5: accounts.ira.target.weights.BRK = (a table): {WEIGHT}; "
            'a symbol with a dot needs quotes: "BRK.B" = 0.05'
        ),
    ),
    (
        GOOD.replace("MSFT", "msft"),
        (
            "config.toml:5: accounts.ira.target.weights.msft: must be a symbol: 1 to 12 capital "
            'letters, digits, dots or dashes; did you mean "MSFT"?'
        ),
    ),
    (
        '[accounts.ira]\nbroker = "paper"\n[accounts.ira.target]\nstrategy = "equal"\n',
        'config.toml:3: accounts.ira.target: strategy "equal" needs symbols',
    ),
    (
        (
            '[accounts.ira]\nbroker = "paper"\n[accounts.ira.target]\nstrategy = "equal"\n'
            'symbols = ["KO", "PG", "KO"]\n'
        ),
        'config.toml:5: accounts.ira.target.symbols = "KO": is in the list more than once',
    ),
    (
        '[accounts.ira]\nbroker = "paper"\ntarget = { symbols = ["KO"], weights = { KO = 1 } }\n',
        (
            'config.toml:3: accounts.ira.target.symbols: is not used by strategy "fixed", '
            "which takes "
            "weights or file"
        ),
    ),
    (
        'book = "postgresql://me:pw@host/db"\n' + GOOD,
        "config.toml:1: book: holds a password; leave it out and put it into ~/.pgpass (mode 0600)",
    ),
    (
        'book = "postgresql://me@[host/db"\n' + GOOD,
        "config.toml:1: book: is not a URL: Invalid IPv6 URL",
    ),
    (
        'book = "mysql://me:pw@host/db"\n' + GOOD,
        (
            'config.toml:1: book: must be a path ("~" is not expanded) or a URL that starts with '
            "postgresql://"
        ),
    ),
    (
        'calender = "XNYS"\n' + GOOD,
        'config.toml:1: calender = "XNYS": no such key; did you mean "calendar"?',
    ),
    (
        "[[[",
        "config.toml:1: this is not TOML: Invalid initial character for a key part (column 3)",
    ),
    (
        'x = """\n\n',
        "config.toml:1: this is not TOML: Unterminated string",
    ),
]


@pytest.mark.parametrize(("text", "message"), WHOLE_CONFIGS)
def test_says_what_is_wrong_with_a_whole_file(text: str, message: str) -> None:
    assert said(text) == [message]


def test_a_good_config_has_no_mistake() -> None:
    assert said(GOOD) == []


MANY = """\
calender = "XNYS"

[mail]
security = "ssl"
password = "hunter2"

[alerts]
drift_warning = 3

[accounts.ira]
broker = "papier"
mod = "auto"

[accounts.ira.bands]
absolut = 0.05

[accounts.ira.target.weights]
AAPL = 0.75
MSFT = 0.75

[accounts.ira.bands.corridors]
AAPL = { low = 0.1, high = 0.2 }

[accounts.ira.limits]
orders_per_day = -1

[accounts.b]
[accounts.b.target]
strategy = "fixed"
"""


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    assert [message.split(": ")[0:2] for message in said(MANY)] == [
        ["config.toml:1", 'calender = "XNYS"'],
        ["config.toml:4", 'mail.security = "ssl"'],
        ["config.toml:5", "mail.password"],
        ["config.toml:8", "alerts.drift_warning = 3"],
        ["config.toml:11", 'accounts.ira.broker = "papier"'],
        ["config.toml:12", 'accounts.ira.mod = "auto"'],
        ["config.toml:15", "accounts.ira.bands.absolut = 0.05"],
        ["config.toml:17", "accounts.ira.target.weights"],
        ["config.toml:22", "accounts.ira.bands.corridors.AAPL"],
        ["config.toml:25", "accounts.ira.limits.orders_per_day = -1"],
        ["config.toml:27", "accounts.b.broker"],
        ["config.toml:28", "accounts.b.target"],
    ]


def test_no_mistake_shows_a_secret() -> None:
    secret = "hunter2"  # noqa: S105 - what must not be shown
    text = (
        f'book = "postgresql://me:{secret}@h/db"\n[mail]\nsmtp_password = "{secret}"\n'
        f'notify = ["ntfy://{secret}@h"]\n[accounts.ira]\nbroker = "paper"\n'
        f'api_key = "{secret}"\napi-secret = "{secret}"\ntoken = ["{secret}"]\n'
        "[accounts.ira.target.weights]\nKO = 1\n"
    )
    messages = said(text, {"TRIMTAB_MAIL__PASSWORD": secret, "TRIMTAB_ALPACA_KEY": secret})
    assert len(messages) == 8
    assert not [message for message in messages if secret in message]


SECTIONS = [
    [{"NAME": "ira", "SYMBOL": "AAPL"}.get(part, part) for part in path] for path, _ in tables()
]


@pytest.mark.parametrize("section", SECTIONS, ids=[".".join(path) or "top" for path in SECTIONS])
def test_a_key_that_does_not_exist_is_refused_in_every_section(section: list[str]) -> None:
    key = ".".join([*section, "zzzz"])
    line = ".".join(section[1:]) + ".zzzz = 1"
    if section[:2] == ["accounts", "ira"]:
        line = ".".join([*section[2:], "zzzz"]) + " = 1"
        slot = slot_at(tuple(section))
        if slot is not None and slot.is_list:
            line = ".".join(section[2:]) + " = [{ zzzz = 1 }]"
            key = ".".join(section) + "[0].zzzz"
        text = GOOD.replace('"paper"\n', f'"paper"\n{line}\n').replace(
            "[accounts.ira.target.weights]\nAAPL = 0.6\nMSFT = 0.4\n",
            "target.weights.AAPL = 0.6\ntarget.weights.MSFT = 0.4\n",
        )
        line_number = 3
    else:
        text, line_number = f"{key} = 1\n{GOOD}", 1
    found = [message for message in said(text) if "zzzz" in message]
    assert [message.split(": ")[:2] for message in found] == [
        [f"config.toml:{line_number}", f"{key} = 1"]
    ]
    assert "no such key" in found[0]
