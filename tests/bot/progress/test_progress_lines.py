"""What goes over the socket comes out as it went in, and what is no line is refused."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.progress.lines import (
    KEYS,
    Cancelled,
    NotUnderstood,
    Refused,
    Report,
    decode,
    decode_cancel,
    encode,
    encode_cancel,
)

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "schemas" / "search.schema.json").read_text("utf-8")
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SURE = ("account", "state", "stage", "iteration", "elapsed_seconds", "breaks")
UNSURE = {name: st.none() | NUMBERS for name in KEYS if name not in SURE}
REPORTS = st.builds(Report, elapsed_seconds=NUMBERS, **UNSURE)


@given(REPORTS)
def test_a_report_comes_out_as_it_went_in(report: Report) -> None:
    line = encode(report)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == report
    jsonschema.validate(json.loads(line), SCHEMA)


@given(st.lists(st.text(max_size=20), max_size=3), st.text(max_size=60))
def test_answers_come_out_as_they_went_in(accounts: list[str], why: str) -> None:
    assert decode(encode(Cancelled(tuple(accounts)))) == Cancelled(tuple(accounts))
    assert decode(encode(Refused(why))) == Refused(why)


@given(st.none() | st.text(max_size=20))
def test_a_wish_to_stop_comes_out_as_it_went_in(account: str | None) -> None:
    assert decode_cancel(encode_cancel(account)) == account


GARBAGE = (b"", b"\xff\xfe", b"[", b"[1]", b"{}", b'{"cancel": false}', b'{"cancel": 1}', b"null")


@pytest.mark.parametrize("line", [*GARBAGE, b'{"schema": "trimtab/search/2"}'])
def test_garbage_is_not_understood(line: bytes) -> None:
    with pytest.raises(NotUnderstood):
        decode(line)
    with pytest.raises(NotUnderstood):
        decode_cancel(line)


@given(st.sampled_from(sorted(UNSURE)), st.sampled_from([float("inf"), float("nan")]), REPORTS)
def test_what_is_no_number_is_not_known(name: str, value: float, report: Report) -> None:
    assert decode(encode(replace(report, **{name: value}))) == replace(report, **{name: None})


def test_a_report_with_another_key_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        decode(b'{"schema": "trimtab/search/1", "account": "main"}')
