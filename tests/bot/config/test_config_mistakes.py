"""Every way to get config.toml wrong, and the exact sentence that says so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.mistakes import ConfigError
from bot.config.read import load, read_text
from bot.config.walk import tables

GOOD = """\
[accounts.ira]
broker = "paper"
[accounts.ira.target.weights]
AAPL = 0.6
MSFT = 0.4
"""


def said(text: str, environ: dict[str, str] | None = None) -> list[str]:
    """What is wrong with ``text``, or nothing."""
    try:
        read_text(text, Path("config.toml"), environ or {})
    except ConfigError as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


def after(line: str) -> str:
    """A good config with ``line`` after it; the first line of ``line`` is line 6."""
    return GOOD + line + "\n"


WEIGHT = "must be a number from 0 to 1 (weight: share of net asset value, 0.05 is 5 %)"
WEIGHT_OR_OFF = WEIGHT.replace("0 to 1", '0 to 1, or "off"')
LINES_AFTER_A_GOOD_CONFIG = [
    # what is written there                              what is said, after "config.toml:"
    (
        "[accounts.ira.bands]\nabsolut = 0.05",
        '7: accounts.ira.bands.absolut = 0.05: no such key; did you mean "absolute"?',
    ),
    (
        "[accounts.ira.bands]\nabsolute = 5",
        f"7: accounts.ira.bands.absolute = 5: {WEIGHT_OR_OFF}; 5 % is 0.05",
    ),
    ("[accounts.ira.cash]\nweight = nan", f"7: accounts.ira.cash.weight = NaN: {WEIGHT}"),
    ("[accounts.ira.cash]\nweight = -inf", f"7: accounts.ira.cash.weight = -Infinity: {WEIGHT}"),
    ("[accounts.ira.cash]\nweight = -0.1", f"7: accounts.ira.cash.weight = -0.1: {WEIGHT}"),
    ("[accounts.ira.cash]\nweight = true", f"7: accounts.ira.cash.weight = true: {WEIGHT}"),
    (
        '[accounts.ira.cash]\nweight = "0.02"',
        f'7: accounts.ira.cash.weight = "0.02": {WEIGHT}; write it without quotes',
    ),
    (
        "[accounts.ira.cash]\nweight = 0.0123456789012",
        "7: accounts.ira.cash.weight = 0.0123456789012: must have at most 12 decimal places",
    ),
    (
        "[accounts.ira.cash]\nweight = 0.001",
        "7: accounts.ira.cash.weight = 0.001: must be at least limits.cash_floor_weight, "
        "which is 0.005",
    ),
    (
        "[accounts.ira.limits]\norders_per_day = 1.5",
        "7: accounts.ira.limits.orders_per_day = 1.5: must be a whole number from 0 to 100000 "
        "(orders)",
    ),
    (
        "[accounts.ira.worth]\nenabled = 1",
        "7: accounts.ira.worth.enabled = 1: must be true or false, without quotes",
    ),
    (
        '[accounts.ira.tax]\nrelief = "average"',
        '7: accounts.ira.tax.relief = "average": must be "fifo", "lifo", "hifo", "lofo" or '
        '"specific"',
    ),
    (
        '[accounts.ira.tax]\nkind = "Roth"',
        '7: accounts.ira.tax.kind = "Roth": must be "taxable", "traditional" or "roth"; '
        'did you mean "roth"?',
    ),
    (
        '[accounts.ira.schedule]\nat = "10:00"',
        '7: accounts.ira.schedule.at[0] = "10:00": must be "open+15m", "close-30m" and the like: '
        "after the open or before the close",
    ),
    (
        '[accounts.ira.schedule]\nat = [\n  "open+15m",\n  "close-5m",\n]',
        "9: accounts.ira.schedule.at[1]: must be at least 15 minutes from the close, as the limits "
        "say, or nothing would be sent",
    ),
    (
        '[accounts.ira.schedule]\nat = "open+99h"',
        '7: accounts.ira.schedule.at[0] = "open+99h": is further from the session\'s edge than any '
        "session is long",
    ),
    (
        "[accounts.ira.schedule]\nat = []",
        '7: accounts.ira.schedule.at: is empty; write "open+15m" or leave the key out',
    ),
    (
        "[accounts.ira.schedule]\nat = 10",
        "7: accounts.ira.schedule.at = 10: must be a list in brackets",
    ),
    (
        '[accounts.ira.schedule]\nat = "open+1h"\nevery = "5m"',
        "8: accounts.ira.schedule.every: stands beside at; keep one of the two",
    ),
    (
        '[accounts.ira.schedule]\nevery = "0m"',
        '7: accounts.ira.schedule.every = "0m": must be "5m", "1h" and the like, from 1 minute to '
        "6 hours",
    ),
    (
        "[accounts.ira.bands.corridors]\nAAPL = { low = 0.5, high = 0.4 }",
        "7: accounts.ira.bands.corridors.AAPL.high = 0.4: must be at least low, which is 0.5",
    ),
    (
        "[accounts.ira.bands.corridors.AAPL]\nlow = 0.1\nhigh = 0.4",
        "6: accounts.ira.bands.corridors.AAPL: from 0.1 to 0.4 does not contain the target weight "
        "0.6",
    ),
    (
        "[accounts.ira.bands.corridors]\nVTI = { low = 0.1, high = 0.4 }",
        "7: accounts.ira.bands.corridors.VTI: VTI is not among the targets",
    ),
    (
        "[accounts.ira.bands.corridors]\nAAPL = { low = 0.1 }",
        "7: accounts.ira.bands.corridors.AAPL.high: is missing; must be a number from 0 to 1",
    ),
    (
        "[accounts.ira.manual]",
        '6: accounts.ira.manual: is not used while broker = "paper"; take it out',
    ),
    (
        '[accounts.ira.paper]\ntape = "us2"',
        '7: accounts.ira.paper.tape = "us2": must be "us20" or "synthetic:" and a number of names',
    ),
    (
        '[accounts.ira.paper]\nledger = "~/paper.db"',
        '7: accounts.ira.paper.ledger = "~/paper.db": must be a path, written whole ("~" is not '
        "expanded) or relative to the config file",
    ),
    (
        "[accounts.ira.target]\nfile = 3",
        '7: accounts.ira.target.file = 3: must be a path, written whole ("~" is not expanded) or '
        "relative to the config file",
    ),
    (
        '[accounts.IRA]\nbroker = "paper"\n[accounts.IRA.target]\nsymbols = ["KO"]',
        "6: accounts.IRA: must be an account name: 1 to 20 lower-case letters, digits or dashes; "
        'did you mean "ira"?',
    ),
    (
        '[accounts.b]\nbroker = "alpaca"\n[accounts.b.target.weights]\nKO = 1',
        '7: accounts.b.broker = "alpaca": arrives with a later version; until then it must be '
        '"paper" or "manual"',
    ),
    (
        "[accounts.b.target.weights]\nKO = 1",
        '6: accounts.b.broker: is missing; must be "paper" or "manual"',
    ),
    (
        '[accounts.b]\nbroker = "paper"',
        "6: accounts.b.target: is missing; write a table [accounts.b.target]",
    ),
    (
        '[accounts.b]\nbroker = "paper"\nabsolute = 0.05\n[accounts.b.target.weights]\nKO = 1',
        "8: accounts.b.absolute = 0.05: no such key here; it belongs in [accounts.NAME.bands]",
    ),
    (
        "[accounts.ira.target]\nKO = 1",
        "7: accounts.ira.target.KO = 1: no such key; symbols belong in "
        "[accounts.ira.target.weights]",
    ),
    (
        '[accounts.b]\nbroker = "paper"\nenvironment = "live"\n[accounts.b.target.weights]\nKO = 1',
        '8: accounts.b.environment = "live": broker "paper" has no real money; name your broker',
    ),
    (
        '[accounts.b]\nbroker = "manual"\nenvironment = "live"\n'
        "[accounts.b.target.weights]\nKO = 1",
        '8: accounts.b.environment = "live": needs live_account = '
        '"<the account number that your broker states>"',
    ),
    (
        '[accounts.b]\nbroker = "manual"\nlive_account = 1234\n[accounts.b.target.weights]\nKO = 1',
        "8: accounts.b.live_account = 1234: must be the account number that the broker states, "
        "in quotes",
    ),
    ("[alerts]\nweekly = 1", '7: alerts.weekly = 1: no such key; did you mean "weekly_report"?'),
    (
        "[alerts]\nweekly_report = 5",
        '7: alerts.weekly_report = 5: must be "monday", "tuesday", "wednesday", "thursday", '
        '"friday", "saturday", "sunday" or "off"; a number means another day to each program '
        "(0 is Sunday to cron, Monday to Python)",
    ),
    (
        '[mail]\npassword = "hunter2"',
        "7: mail.password: a secret does not belong here: set TRIMTAB_SECRET_SMTP_PASSWORD, or "
        'write smtp_password = "..." into the secrets file (mode 0600)',
    ),
    (
        '[mail]\nnotify = ["ntfy://token@host"]',
        '7: mail.notify[0]: must be a reference like "secret:ntfy"; the URL itself is a secret and '
        "goes into TRIMTAB_SECRET_NTFY or the secrets file",
    ),
    (
        '[mail]\nto = "me@x.org\\nBcc: you@x.org"',
        '7: mail.to[0] = "me@x.org\\nBcc: you@x.org": must be an address like me@example.org',
    ),
    (
        '[mail]\nhost = "mail.x.org"\nfrom = "a@x.org"\nto = "b@x.org"\nsecurity = "none"',
        '10: mail.security = "none": is for a server on this machine only; write "starttls" or '
        '"tls"',
    ),
    (
        '[mail]\nhost = "mail.x.org"\nto = "b@x.org"',
        "6: mail.from: is missing; mail.host needs from",
    ),
    (
        '[[mail]]\nhost = "mail.x.org"',
        "6: mail = [(a table)]: must be a table",
    ),
    ("[mail]\n[mail]", "7: this is not TOML: Cannot declare ('mail',) twice (column 6)"),
    ("a = ", "6: this is not TOML: Invalid value (column 5)"),
    ("a = 1 2", "6: this is not TOML: Expected newline or end of document after a statement"),
]


@pytest.mark.parametrize(("line", "message"), LINES_AFTER_A_GOOD_CONFIG)
def test_says_what_is_wrong_where_and_what_is_allowed(line: str, message: str) -> None:
    (only,) = said(after(line))
    assert only.removesuffix(" (column 7)") == f"config.toml:{message}"


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
        f"config.toml:5: accounts.ira.target.weights.BRK = (a table): {WEIGHT}; "
        'a symbol with a dot needs quotes: "BRK.B" = 0.05',
    ),
    (
        GOOD.replace("MSFT", "msft"),
        "config.toml:5: accounts.ira.target.weights.msft: must be a symbol: 1 to 12 capital "
        'letters, digits, dots or dashes; did you mean "MSFT"?',
    ),
    (
        '[accounts.ira]\nbroker = "paper"\n[accounts.ira.target]\nstrategy = "equal"\n',
        'config.toml:3: accounts.ira.target: strategy "equal" needs symbols',
    ),
    (
        '[accounts.ira]\nbroker = "paper"\n[accounts.ira.target]\nstrategy = "equal"\n'
        'symbols = ["KO", "PG", "KO"]\n',
        'config.toml:5: accounts.ira.target.symbols = "KO": is in the list more than once',
    ),
    (
        '[accounts.ira]\nbroker = "paper"\ntarget = { symbols = ["KO"], weights = { KO = 1 } }\n',
        'config.toml:3: accounts.ira.target.symbols: is not used by strategy "fixed", which takes '
        "weights or file",
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
        'config.toml:1: book: must be a path ("~" is not expanded) or a URL that starts with '
        "postgresql://",
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
    secret = "hunter2"
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


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml", {})
    assert str(caught.value) == f"{tmp_path}/config.toml: no such file; `trimtab init` writes one"


def test_a_folder_and_binary_data_are_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    (tmp_path / "config.toml").write_bytes(b"book = '\xff'")
    with pytest.raises(ConfigError, match=r"is not UTF-8 text \(byte 8\)"):
        load(tmp_path / "config.toml", {})


def test_nesting_without_end_is_refused() -> None:
    (only,) = said("a = " + "[" * 100_000)
    assert only.startswith("config.toml: ")


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_garbage_is_never_more_than_a_mistake(text: str) -> None:
    assert said(text) != []


VALUES = st.recursive(
    st.sampled_from(
        ["1", "-1", "0.5", "nan", "1e400", "9" * 30, '"x"', '""', "true", "2026-01-01", "'a\\'"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=2).map(
            lambda items: "{" + ", ".join(f"k{i} = {v}" for i, v in enumerate(items)) + "}"
        ),
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["book", "mail", "to", "accounts", "ira", "target", "weights", "'[key]'", "KO", "at", "bands"]
    + ["schedule", "corridors", "low", "limits", "'a.b'", "broker", "strategy", "symbols", "file"]
)
PATHS = st.lists(KEYS, min_size=1, max_size=4).map(".".join)


@given(st.lists(st.tuples(PATHS, VALUES), max_size=6), st.booleans())
def test_any_value_at_any_key_is_never_more_than_a_mistake(
    pairs: list[tuple[str, str]], with_account: bool
) -> None:
    text = "".join(f"{path} = {value}\n" for path, value in pairs)
    messages = said(text + (GOOD if with_account else ""))
    assert all(message.startswith("config.toml") for message in messages)


@given(
    st.dictionaries(
        st.sampled_from(
            ["MODE", "BROKER", "TARGET", "CASH__WEIGHT", "SCHEDULE__AT", "PAPER__SEED"]
        ).map("TRIMTAB_ACCOUNTS__IRA__{}".format),
        st.text(max_size=8),
        min_size=1,
    )
)
def test_any_text_in_a_variable_is_never_more_than_a_mistake(environ: dict[str, str]) -> None:
    assert all(message.startswith("environment: TRIMTAB_") for message in said(GOOD, environ))
