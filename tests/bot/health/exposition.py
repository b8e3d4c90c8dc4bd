"""A reader of Prometheus' text format 0.0.4, written from its published rules and stricter.

Each family has one HELP and one TYPE line before its samples, all of a family stand together, no
name and no set of labels comes twice, and a histogram's buckets count up to its count.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import math
import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
_HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.*)")
_SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
_PAIR = re.compile(rf'({LABEL})="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}
_SUFFIXES = ("_bucket", "_sum", "_count")

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Read:
    """A family as it was read; samples by their whole name and labels."""

    about: str = ""
    kind: str = ""
    samples: dict[Key, float] = field(default_factory=dict)


def read(text: str) -> dict[str, Read]:
    """Every family by name; AssertionError where a rule is broken."""
    assert text.endswith("\n")
    families: dict[str, Read] = {}
    now = ""
    for line in text[:-1].split("\n"):
        if head := _HEAD.fullmatch(line):
            now = _heading(families, now, *head.groups())
        else:
            found = _SAMPLE.fullmatch(line)
            assert found, line
            _sample(families[now], now, *found.groups())
    for name, family in families.items():
        assert family.kind, name
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families


def _heading(families: dict[str, Read], now: str, what: str, name: str, rest: str) -> str:
    if what == "HELP":
        assert name not in families, f"{name} comes twice"
        about = re.sub(r"\\([\\n])", lambda e: "\n" if e[1] == "n" else "\\", rest)
        families[name] = Read(about=about)
        return name
    assert name == now, "TYPE stands right behind HELP"
    assert rest in {"counter", "gauge", "histogram", "summary", "untyped"}
    assert not families[name].kind
    families[name].kind = rest
    return name


def _sample(family: Read, now: str, name: str, labels: str | None, value: str) -> None:
    base = name
    if family.kind == "histogram":
        base = next(name.removesuffix(end) for end in _SUFFIXES if name.endswith(end))
    assert base == now, f"{name} stands in {now}"
    pairs: list[tuple[str, str]] = []
    rest = labels or ""
    while rest:
        pair = _PAIR.match(rest)
        assert pair, rest
        pairs.append((pair[1], re.sub(r'\\(["\\n])', lambda e: _ESCAPES[e[1]], pair[2])))
        rest = rest[pair.end() :]
    assert len({key for key, _ in pairs}) == len(pairs)
    key = (name, tuple(sorted(pairs)))
    assert key not in family.samples, f"{key} comes twice"
    family.samples[key] = float(value.replace("+Inf", "inf"))


def _check_histogram(name: str, family: Read) -> None:
    buckets = [
        (float(dict(labels)["le"].replace("+Inf", "inf")), count)
        for (full, labels), count in family.samples.items()
        if full == f"{name}_bucket"
    ]
    assert buckets == sorted(buckets)
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert math.isinf(buckets[-1][0])
    assert counts[-1] == family.samples[f"{name}_count", ()]
    assert (f"{name}_sum", ()) in family.samples
