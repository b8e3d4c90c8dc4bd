"""Bytes of a file as text: UTF-8, UTF-16 by its mark, else Windows-1252, as banks still write."""

from pathlib import Path

from bot.importers.nouns import BadImport, Frame

BYTES_MAX = 256 * 2**20
"""More is no statement: a year of a busy account is some megabytes."""

MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def read_text(path: Path) -> str:
    """The text of ``path``. Raises ``BadImport``, and ``OSError`` where it cannot be read."""
    size = path.stat().st_size
    if size > BYTES_MAX:
        what = f"{path.name}: {size / 2**20:,.0f} MiB are no statement"
        raise BadImport([what], "export a shorter time")
    return as_text(path.name, path.read_bytes())


def as_text(file: str, content: bytes) -> str:
    """The text in ``content``; raises ``BadImport`` where it is none."""
    if not content.strip():
        raise BadImport([f"{file}:1: it is empty"], "export it again")
    marked = next((code for mark, code in MARKS.items() if content.startswith(mark)), None)
    for code in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = content.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    line = 1 + content.count(b"\n", 0, _first_odd(content))
    what = f"{file}:{line}: no text"
    raise BadImport([what], "a CSV, XML, JSON or OFX file is wanted: not PDF, not a spreadsheet")


def _first_odd(content: bytes) -> int:
    """Where the first byte is that no text has."""
    odd = (content.find(byte) for byte in (b"\0", b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
    return min((place for place in odd if place >= 0), default=0)


def line_of(text: str, offset: int) -> int:
    """The line on which a character stands."""
    return text.count("\n", 0, offset) + 1


def begun(frame: Frame, text: str) -> int:
    """How many lines there are; whoever looks is told that reading begins."""
    total = text.count("\n") + 1
    frame.tick(0, total)
    return total
