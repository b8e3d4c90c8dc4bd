"""The filter at the sinks: no form of a known secret passes, nor what looks like one."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import HIDDEN, LONG, Sieve, redacted

CANARY = 'c4n/ary +"ü&<k>\\=é77'


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        quote_plus(CANARY),
        html.escape(CANARY),
        json.dumps(CANARY),
        json.dumps(CANARY, ensure_ascii=False),
        repr(CANARY),
        str([CANARY]),
        base64.b64encode(CANARY.encode()).decode(),
        f"x{CANARY}y",
    ],
)
def test_a_secret_is_kept_out_in_every_form(form: str) -> None:
    sieve = Sieve()
    assert sieve.sifted(form) == form
    sieve.keep_out(CANARY)
    sifted = sieve.sifted(f"before {form} after")
    assert HIDDEN in sifted
    assert form.strip("'\"[]") not in sifted
    assert sifted.startswith("before ")
    assert sifted.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "me@example.org"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_a_secret_within_what_is_encoded_is_kept_out(user: str, after: str) -> None:
    """As in AUTH PLAIN, of which a mail server may repeat the line that it refuses."""
    sieve = Sieve()
    sieve.keep_out(CANARY)
    line = base64.b64encode(f"\0{user}\0{CANARY}{after}".encode()).decode()
    sifted = sieve.sifted(f"535 no: AUTH PLAIN {line}")
    assert HIDDEN in sifted
    shown = sifted.removeprefix("535 no: AUTH PLAIN ").replace(HIDDEN, "")
    whole = len(CANARY.encode()) * 8 // 6
    assert len(line) - len(shown) >= whole - 1, "but for signs that it shares with its neighbours"


def test_a_short_secret_is_kept_out_as_a_word_and_does_not_eat_other_words() -> None:
    sieve = Sieve()
    sieve.keep_out("4711")
    assert sieve.sifted("query 4711, order 147112, (4711)") == "query ***, order 147112, (***)"
    sieve.keep_out("ab")
    assert sieve.sifted("absolute ab") == "absolute ab"


def test_a_longer_secret_hides_one_that_it_holds() -> None:
    sieve = Sieve()
    sieve.keep_out("abcdefghijkl")
    sieve.keep_out("abcdefghijklmnop")
    assert sieve.sifted("abcdefghijklmnop") == HIDDEN


def test_a_key_of_many_lines_is_hidden_line_by_line() -> None:
    sieve = Sieve()
    sieve.keep_out("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\n")
    assert "MIIEvQ" not in sieve.sifted("  MIIEvQIBADANBgkq")


@given(secret=st.text(min_size=LONG, max_size=40), before=st.text(), after=st.text())
def test_whatever_the_secret_and_whatever_stands_around_it(
    secret: str, before: str, after: str
) -> None:
    sieve = Sieve()
    sieve.keep_out(secret)
    for form in (
        secret,
        quote(secret.encode("utf-8", "surrogatepass"), safe=""),
        repr(secret)[1:-1],
    ):
        assert form not in sieve.sifted(f"{before}{form}{after}").replace(HIDDEN, "\0")


LOOKS = [
    ("https://me:hunter22@h.example/x", "https://***@h.example/x"),
    ("postgresql://u:p%40ss@h/db failed", "postgresql://***@h/db failed"),
    ("GET https://f.example/S?t=12345abc&q=9&v=3", "GET https://f.example/S?t=***&q=9&v=3"),
    ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer ***"),
    ("authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic ***"),
    ("{'APCA-API-KEY-ID': 'PKA1B2C3D4E5F6G7H8I9'}", "{'APCA-API-KEY-ID': '***'}"),
    ('{"APCA-API-SECRET-KEY": "a1b2c3d4e5f6"}', '{"APCA-API-SECRET-KEY": "***"}'),
    ("password=Sup3rgeheim, next", "password=***, next"),
    ("key PKA1B2C3D4E5F6G7H8I9 refused", "key *** refused"),
    ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_1", "jwt ***"),
    (
        "https://api.telegram.org/bot123456789:AAEhBOweik6ad6PsVUTVIX1mYdHlZwAAAAA/x",
        "https://api.telegram.org/***/x",
    ),
    ("https://hooks.slack.com/services/T0/B0/XyZ", "https://hooks.slack.com/services/***"),
    ("https://hc-ping.com/5bf66975-d4c7/fail", "https://hc-ping.com/***"),
    (
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- then",
        "*** then",
    ),
]


@pytest.mark.parametrize(("text", "wanted"), LOOKS)
def test_what_looks_like_a_credential_is_hidden_though_nobody_told(text: str, wanted: str) -> None:
    assert redacted(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "the secret smtp_password is nowhere; looked at: environment TRIMTAB_SECRET_SMTP_PASSWORD",
        "the mail waits for its password: the secret smtp_password is nowhere",
        "mend mail.username or the secret smtp_password (535 5.7.8 bad)",
        "lease token=3, until 15:00:00 UTC",
        "https://paper-api.alpaca.markets/v2/orders?status=open&limit=500",
        "main: open+15m: AAPL is 5.2 % from its target",
        "trimtab-main-20261127-01-AAPL-B",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text
