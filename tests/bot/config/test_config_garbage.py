"""Whatever stands in the file: a mistake at most, never another error."""

from pathlib import Path

import pytest
from config_texts import GOOD, said
from hypothesis import given
from hypothesis import strategies as st

from bot.config.mistakes import ConfigError
from bot.config.read import load


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
NAMES = """
book mail to accounts ira target weights '[key]' KO at bands schedule corridors low limits 'a.b'
broker strategy symbols file
"""
KEYS = st.sampled_from(NAMES.split())
PATHS = st.lists(KEYS, min_size=1, max_size=4).map(".".join)


@given(st.lists(st.tuples(PATHS, VALUES), max_size=6), st.sampled_from(["", GOOD]))
def test_any_value_at_any_key_is_never_more_than_a_mistake(
    pairs: list[tuple[str, str]],
    rest: str,
) -> None:
    text = "".join(f"{path} = {value}\n" for path, value in pairs)
    messages = said(text + rest)
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
