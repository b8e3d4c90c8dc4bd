"""The text format, held against a reader that was written from its rules alone."""

import pytest
from exposition import read
from hypothesis import given
from hypothesis import strategies as st

from bot.book.timing import Timings
from bot.health.metrics import Family, exposition, histogram, sample

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)


@given(about=WORDS, label=WORDS, value=st.floats(allow_nan=False) | st.integers())
def test_whatever_stands_in_it_comes_back_as_it_was(about: str, label: str, value: float) -> None:
    family = Family("things", "gauge", about, (sample(value, account=label),))
    found = read(exposition([family]))["trimtab_things"]
    assert found.about == about
    assert found.kind == "gauge"
    assert found.samples == {("trimtab_things", (("account", label),)): float(value)}


def test_a_histogram_counts_up() -> None:
    timings = Timings()
    for seconds in (0.001, 0.007, 0.3, 0.3, 99.0):
        timings.note(seconds)
    found = read(exposition([histogram("commit_seconds", "Time.", timings.spread())]))
    name = "trimtab_commit_seconds"
    samples = found[name].samples
    assert samples[f"{name}_count", ()] == 5
    assert samples[f"{name}_sum", ()] == pytest.approx(99.608)
    assert samples[f"{name}_bucket", (("le", "0.005"),)] == 1
    assert samples[f"{name}_bucket", (("le", "0.5"),)] == 4
    assert samples[f"{name}_bucket", (("le", "+Inf"),)] == 5


def test_what_fails_is_not_timed() -> None:
    timings = Timings()
    with pytest.raises(ValueError, match="no"), timings.timed():
        raise ValueError("no")
    with timings.timed():
        pass
    assert timings.spread().count == 1


@pytest.mark.parametrize(
    "broken",
    [
        "a 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 1\n",
        "# HELP a x\n# TYPE a gauge\nb 1\n",
        '# HELP a x\n# TYPE a gauge\na{l="x"y"} 1\n',
        "# HELP a x\n# TYPE a gauge\na one\n",
        "# HELP a x\n# TYPE a gauge\na 1",
    ],
)
def test_the_reader_refuses_what_the_rules_do(broken: str) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError)):
        read(broken)
