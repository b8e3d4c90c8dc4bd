"""Lines of keys in every spelling that TOML has."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.locate import KeyPath, line_of, lines

SPELLINGS = """\
top = 1
"quoted key" = 2
'literal.key' = 3
a.b.c = 4
a . "d.e" = 5

[table]  # comment with [brackets] = and "quotes"
text = "a # b = [c]"
many = [
  1,  # ]
  [2, "]"],
  { x = 1, y.z = [ "}" ] },
]
inline = { one = 1, two = { three = "\\"}" } }
long = \"\"\"
fake = 1
[fake]
\"\"\"
raw = '''
fake = 2 \\'''
after = 1979-05-27T07:32:00Z
"\\u00e9" = true

[[rows]]
id = 1
[rows.sub]
x = 1

[[rows]]
id = 2
[[rows.deep]]
y = 1
[rows.deep.er]
z = 1

["a.b".'c d']
last = 1
"""

EXPECTED: list[tuple[KeyPath, int]] = [
    (("top",), 1),
    (("quoted key",), 2),
    (("literal.key",), 3),
    (("a", "b", "c"), 4),
    (("a",), 4),
    (("a", "d.e"), 5),
    (("table",), 7),
    (("table", "text"), 8),
    (("table", "many"), 9),
    (("table", "many", 0), 10),
    (("table", "many", 1, 1), 11),
    (("table", "many", 2, "y", "z", 0), 12),
    (("table", "inline", "two", "three"), 14),
    (("table", "long"), 15),
    (("table", "raw"), 19),
    (("table", "after"), 21),
    (("table", "é"), 22),
    (("rows", 0), 24),
    (("rows", 0, "sub", "x"), 27),
    (("rows", 1, "id"), 30),
    (("rows", 1, "deep", 0, "y"), 32),
    (("rows", 1, "deep", 0, "er", "z"), 34),
    (("a.b", "c d", "last"), 37),
]


@pytest.mark.parametrize(("path", "line"), EXPECTED)
def test_every_spelling_is_found(path: KeyPath, line: int) -> None:
    assert lines(SPELLINGS)[path] == line


def test_nothing_is_found_that_is_not_there() -> None:
    assert not [path for path in lines(SPELLINGS) if "fake" in path]


def test_windows_line_ends_count_once() -> None:
    assert lines("a = 1\r\n\r\n[b]\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("b", "c"): 4}


def test_what_is_not_written_stands_where_its_table_does() -> None:
    found = lines("\n[a.b]\nc = 1\n")
    assert line_of(found, ("a", "b", "d")) == 2
    assert line_of(found, ("a", "x", "y")) == 2
    assert line_of(found, ("z",)) == 1


def paths_of(value: object, path: KeyPath = ()) -> list[KeyPath]:
    """Every path in what tomllib read."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = [] if not path else [path]
    for key, inner in items:
        found += paths_of(inner, (*path, key))
    return found


KEY = st.sampled_from(["a", "b-1", '"c.d"', "'e f'", '"\\t#"', "2"])
DOTTED = st.lists(KEY, min_size=1, max_size=3).map(" . ".join)
SCALAR = st.sampled_from(
    ["1", "-0.5e3", "true", '"x # ] }"', "'\\'", '"""\n"q" ]\n"""', "'''\n'x'\n'''", "07:32:00"]
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n# ]\n" + ",\n".join(items) + "\n]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{ " + ", ".join(f"k{i} = {v}" for i, v in enumerate(items)) + " }"
        ),
    ),
    max_leaves=6,
)
STATEMENT = st.one_of(
    st.tuples(DOTTED, VALUE).map(" = ".join),
    DOTTED.map("[{}]".format),
    DOTTED.map("[[{}]]".format),
    st.sampled_from(["", "# [x] = 1", "  "]),
)


@given(st.lists(STATEMENT, max_size=8).map("\n".join))
def test_it_finds_the_same_paths_as_the_parser(text: str) -> None:
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        parsed = {}
        text = ""
    found = lines(text)
    assert set(paths_of(parsed)) == set(found)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@given(st.text("[]{},='\"#\n 1a.", max_size=60))
def test_it_ends_whatever_it_is_given(text: str) -> None:
    assert all(line >= 1 for line in lines("a = [" + text).values())
