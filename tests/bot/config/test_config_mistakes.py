"""Every way to get config.toml wrong, and the exact sentence that says so."""

import pytest
from config_texts import GOOD, WEIGHT, said


def after(line: str) -> str:
    """A good config with ``line`` after it; the first line of ``line`` is line 6."""
    return GOOD + line + "\n"


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
    ("[accounts.ira.cash]\nweight = 1e" + "9" * 30, f"7: accounts.ira.cash.weight = NaN: {WEIGHT}"),
    (
        "[accounts.ira.cash]\nweight = 1e999999",
        f"7: accounts.ira.cash.weight = 1E+999999: {WEIGHT}",
    ),
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
        (
            "7: accounts.ira.cash.weight = 0.001: must be at least limits.cash_floor_weight, "
            "which is 0.005"
        ),
    ),
    (
        "[accounts.ira.limits]\norders_per_day = 1.5",
        (
            "7: accounts.ira.limits.orders_per_day = 1.5: must be a whole number from 0 to 100000 "
            "(orders)"
        ),
    ),
    (
        "[accounts.ira.worth]\nenabled = 1",
        "7: accounts.ira.worth.enabled = 1: must be true or false, without quotes",
    ),
    (
        '[accounts.ira.tax]\nrelief = "average"',
        (
            '7: accounts.ira.tax.relief = "average": must be "fifo", "lifo", "hifo", "lofo", '
            '"specific" or "minimum-tax"'
        ),
    ),
    (
        '[accounts.ira.tax]\nkind = "Roth"',
        (
            '7: accounts.ira.tax.kind = "Roth": must be "taxable", "traditional", "roth" or "hsa"; '
            'did you mean "roth"?'
        ),
    ),
    (
        '[accounts.ira.schedule]\nat = "10:00"',
        (
            '7: accounts.ira.schedule.at[0] = "10:00": must be "open+15m", "close-30m" and '
            "the like: "
            "after the open or before the close"
        ),
    ),
    (
        '[accounts.ira.schedule]\nat = [\n  "open+15m",\n  "close-5m",\n]',
        (
            "9: accounts.ira.schedule.at[1]: must be at least 15 minutes from the close, as "
            "the limits "
            "say, or nothing would be sent"
        ),
    ),
    (
        '[accounts.ira.schedule]\nat = "open+99h"',
        (
            '7: accounts.ira.schedule.at[0] = "open+99h": is further from the session\'s '
            "edge than any "
            "session is long"
        ),
    ),
    (
        "[accounts.ira.orders]\nsteps = 4\nstart = 0.9\nthrough = 0.5",
        (
            "9: accounts.ira.orders.through = 0.5: must be 0.9 or more, as start is: prices go "
            "toward the market"
        ),
    ),
    (
        "[accounts.ira.orders]\nslice_adv = 0",
        (
            "7: accounts.ira.orders.slice_adv = 0: must be a number from 0.0001 to 1, or "
            '"off" (share of a day)'
        ),
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
        (
            '7: accounts.ira.schedule.every = "0m": must be "5m", "1h" and the like, from 1 '
            "minute to "
            "6 hours"
        ),
    ),
    (
        "[accounts.ira.bands.corridors]\nAAPL = { low = 0.5, high = 0.4 }",
        "7: accounts.ira.bands.corridors.AAPL.high = 0.4: must be at least low, which is 0.5",
    ),
    (
        "[accounts.ira.bands.corridors.AAPL]\nlow = 0.1\nhigh = 0.4",
        (
            "6: accounts.ira.bands.corridors.AAPL: from 0.1 to 0.4 does not contain the "
            "target weight "
            "0.6"
        ),
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
        (
            '7: accounts.ira.paper.tape = "us2": must be "us20", "synthetic:" and a number of '
            'names, or "account:" and another account'
        ),
    ),
    (
        '[accounts.ira.paper]\nledger = "~/paper.db"',
        (
            '7: accounts.ira.paper.ledger = "~/paper.db": must be a path, written whole ("~" '
            "is not "
            "expanded) or relative to the config file"
        ),
    ),
    (
        "[accounts.ira.target]\nfile = 3",
        (
            '7: accounts.ira.target.file = 3: must be a path, written whole ("~" is not '
            "expanded) or "
            "relative to the config file"
        ),
    ),
    (
        '[accounts.IRA]\nbroker = "paper"\n[accounts.IRA.target]\nsymbols = ["KO"]',
        (
            "6: accounts.IRA: must be an account name: 1 to 20 lower-case letters, digits or "
            "dashes; "
            'did you mean "ira"?'
        ),
    ),
    (
        '[accounts.b]\nbroker = "saxo"\n[accounts.b.target.weights]\nKO = 1',
        (
            '7: accounts.b.broker = "saxo": arrives with a later version; until then it must be '
            '"paper", "manual", "alpaca" or "ibkr"'
        ),
    ),
    (
        "[accounts.b.target.weights]\nKO = 1",
        '6: accounts.b.broker: is missing; must be "paper", "manual", "alpaca" or "ibkr"',
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
        '[accounts.ira.target]\nfile = "model.csv"',
        '7: accounts.ira.target.file = "model.csv": stands beside weights; keep one of the two',
    ),
    (
        "[accounts.ira.target]\nKO = 1",
        (
            "7: accounts.ira.target.KO = 1: no such key; symbols belong in "
            "[accounts.ira.target.weights]"
        ),
    ),
    (
        '[accounts.b]\nbroker = "paper"\nenvironment = "live"\n[accounts.b.target.weights]\nKO = 1',
        '8: accounts.b.environment = "live": broker "paper" has no real money; name your broker',
    ),
    (
        (
            '[accounts.b]\nbroker = "manual"\nenvironment = "live"\n'
            "[accounts.b.target.weights]\nKO = 1"
        ),
        (
            '8: accounts.b.environment = "live": needs live_account = '
            '"<the account number that your broker states>"'
        ),
    ),
    (
        '[accounts.b]\nbroker = "manual"\nlive_account = 1234\n[accounts.b.target.weights]\nKO = 1',
        (
            "8: accounts.b.live_account = 1234: must be the account number that the broker states, "
            "in quotes"
        ),
    ),
    ("[alerts]\nweekly = 1", '7: alerts.weekly = 1: no such key; did you mean "weekly_report"?'),
    (
        "[alerts]\nweekly_report = 5",
        (
            '7: alerts.weekly_report = 5: must be "monday", "tuesday", "wednesday", "thursday", '
            '"friday", "saturday", "sunday" or "off"; a number means another day to each program '
            "(0 is Sunday to cron, Monday to Python)"
        ),
    ),
    (
        '[mail]\npassword = "hunter2"',
        (
            "7: mail.password: a secret does not belong here: set TRIMTAB_SECRET_SMTP_PASSWORD, or "
            'write smtp_password = "..." into the secrets file (mode 0600)'
        ),
    ),
    (
        '[mail]\nnotify = ["ntfy://token@host"]',
        (
            '7: mail.notify[0]: must be a reference like "secret:ntfy"; the URL itself is a '
            "secret and "
            "goes into TRIMTAB_SECRET_NTFY or the secrets file"
        ),
    ),
    (
        '[mail]\nto = "me@x.org\\nBcc: you@x.org"',
        '7: mail.to[0] = "me@x.org\\nBcc: you@x.org": must be an address like me@example.org',
    ),
    (
        '[mail]\nhost = "mail.x.org"\nfrom = "a@x.org"\nto = "b@x.org"\nsecurity = "none"',
        (
            '10: mail.security = "none": is for a server on this machine only; write "starttls" or '
            '"tls"'
        ),
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
