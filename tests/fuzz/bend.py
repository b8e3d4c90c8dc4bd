"""Bends what a broker sends into what no broker should: JSON values, fields, and bytes.

All of it follows from the generator that is given, so that a payload is known by its number.
"""

from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e-999", "1E400", "0x10", "1_000", "1,000"),
    *(
        "",
        " ",
        "\0",
        "null",
        "None",
        "-0",
        "-1",
        "0",
        "9" * 400,
        "0." + "0" * 300 + "1",
        "\u0661\u0662",
    ),
    *("2026-02-30", "0000-00-00", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"),
    *(
        "1970-01-01",
        "2026-11-01T01:30:00",
        "+10000-01-01",
        "9999-12-31T23:59:59-10:00",
        "\ud800",
        "\u202e",
        "A" * 5000,
    ),
    *(None, True, False, 0, -1, 2**70, 1e308, float("nan"), float("inf"), [], {}, [[]], {"": {}}),
)
"""Values that stand in for a good one."""
PIECES = (
    *(b"<", b">", b"&", b'"', b"'", b"\0", b"\xff", b"\xc3\x28", b"]]>", b"<!--", b"&#0;", b"&x;"),
    *(b"NaN", b"1e999", b"9" * 60, b"-", b";", b"20261345;999999", b"{", b"}", b"[" * 40, b"\n"),
    *(b"<!DOCTYPE a>", b"\xef\xbb\xbf", b"\xff\xfe"),
)


def bent(value: Any, random: Random) -> Any:  # noqa: ANN401 - whatever JSON can say
    """The value with one thing wrong somewhere in it."""
    if isinstance(value, dict) and value and random.random() < 0.97:
        return _bent_object(value, random)
    if isinstance(value, list) and value and random.random() < 0.97:
        return _bent_list(value, random)
    if isinstance(value, str) and value and random.random() < 0.4:
        return _bent_text(value, random)
    return random.choice(ODD)


def _bent_object(value: dict[str, Any], random: Random) -> dict[str, Any]:
    name = random.choice(sorted(value))
    others = {key: held for key, held in value.items() if key != name}
    match random.randrange(8):
        case 0:
            return others
        case 1:
            return others | {name.upper(): value[name]}
        case 2:
            return value | {random.choice(sorted(value)): value[name]}
        case _:
            return value | {name: bent(value[name], random)}


def _bent_list(value: list[Any], random: Random) -> list[Any]:
    place = random.randrange(len(value))
    match random.randrange(8):
        case 0:
            return value[:place] + value[place + 1 :]
        case 1:
            return [*value, value[place]]
        case 2:
            return value[::-1]
        case _:
            return [*value[:place], bent(value[place], random), *value[place + 1 :]]


def _bent_text(value: str, random: Random) -> str:
    place = random.randrange(len(value))
    put = random.choice(("", "-", ".", "e9", " ", "0", "9", "\0", "é", value))
    return value[:place] + put + value[place + random.randrange(2) :]


def bent_bytes(content: bytes, random: Random) -> bytes:
    """Bytes that were cut, doubled, flipped, or had something put in, up to four times."""
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(content) + 1)
        far = place + random.randrange(40)
        match random.randrange(6):
            case 0:
                content = content[:place]
            case 1:
                content = content[:place] + content[far:]
            case 2:
                content = content[:far] + content[place:]
            case 3:
                flipped = bytes(each ^ (1 << random.randrange(8)) for each in content[place:far])
                content = content[:place] + flipped + content[far:]
            case _:
                content = content[:place] + random.choice(PIECES) + content[far:]
    return content
