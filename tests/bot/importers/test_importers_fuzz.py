"""Whatever the bytes are: a statement, or a ``BadImport`` that names the file. Nothing else."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.importers.formats import NAMES, read_statement
from bot.importers.merge import merge
from bot.importers.nouns import BadImport, Statement
from bot.importers.settle import settle
from bot.importers.text import as_text
from tests.bot.importers.statement_files import FILES, frame

SAMPLES = {path.name: path.read_bytes() for path in FILES}
TOKENS = [
    *(b"<", b">", b"&", b'"', b"'", b",", b";", b"\n", b"\r", b"\0", b"--", b"(", b")", b"-"),
    *(b"0", b"9" * 30, b"1e9999", b"NaN", b"2026-13-45", b"99999999", b"\xff", b"\xc3\x28"),
    *(b"<!DOCTYPE x>", b"&amp;", b"</OFX>", b"[" * 50, b"{", b"}", b"\xe2\x88\x92", b"\x85"),
]


def refusal(call: Callable[[], object]) -> BadImport | None:
    """What is said against it, if anything."""
    try:
        call()
    except BadImport as exc:
        return exc
    return None


def survives(content: bytes, form: str) -> bool:
    """Read it all the way; a refusal must name the file. Whether it was read."""
    found: list[Statement] = []
    said = refusal(lambda: found.append(read_statement(as_text("f", content), frame("f"), form)))
    if said is None:
        said = refusal(lambda: settle(merge(found).items))
    assert said is None or ("f:" in str(said).splitlines()[0] and said.remedy)
    return bool(found)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(NAMES))
def test_random_bytes(content: bytes, form: str) -> None:
    survives(content, form)


@pytest.mark.parametrize("name", sorted(SAMPLES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_good_file_that_was_damaged(name: str, data: st.DataObject) -> None:
    content = SAMPLES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        content = damaged(content, data.draw)
    survives(content, "auto")
    form = next(form for form in NAMES if form.split("-")[0] in name or form == "auto")
    survives(content, form)


def damaged(content: bytes, draw: Callable[..., int]) -> bytes:
    """One piece cut out, doubled, or replaced by something that means much to a reader."""
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 60)))
    token = TOKENS[draw(st.integers(0, len(TOKENS) - 1))]
    how = draw(st.integers(0, 3))
    middle = (b"", content[start:end] * 2, token, content[start:end] + token)[how]
    return content[:start] + middle + content[end:]


def test_the_samples_themselves_are_sound() -> None:
    assert all(survives(content, "auto") for content in SAMPLES.values())
