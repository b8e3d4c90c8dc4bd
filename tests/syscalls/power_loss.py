"""What a power failure leaves on a disk: files made anew from the calls that a process has made.

``read_calls`` turns a record of strace into calls. ``Disk`` replays them up to any point and then
loses its power: what was synced is there; of what was not, any part is: none of it, all of it, the
first calls, some of them, or some of their sectors of 512 bytes, however they were ordered. A name
that was made or removed is so for certain once its folder was synced (as POSIX has it; most file
systems promise more).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import assert_never

SECTOR = 512

_LINE = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$")
_RESUMED = re.compile(r"^<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<call>\w+)\((?P<told>.*)\) += (?P<result>-?\d+)")
_HANDLE = re.compile(r"^\d+<(?P<path>[^>]*)>")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of a file."""

    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file is made so long."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All of a file, or of the folder's names where ``name`` is empty, is on the disk."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A name comes to be, with an empty file."""

    name: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A name goes."""

    name: str


Call = Write | Cut | Sync | Made | Gone


def read_calls(lines: Iterable[str], folder: Path) -> Iterator[Call]:
    """The calls on files of ``folder``, by their names in it, in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in lines:
        found = _LINE.match(line.rstrip("\n"))
        assert found is not None, f"strace said {line[:80]!r}"
        pid, rest = found["pid"], found["rest"]
        if rest.endswith(UNFINISHED):
            begun[pid] = rest.removesuffix(UNFINISHED)
            continue
        if (resumed := _RESUMED.match(rest)) is not None:
            rest = begun.pop(pid) + resumed["rest"]
        if (call := _CALL.match(rest)) is not None and int(call["result"]) >= 0:
            yield from _call(call["call"], call["told"], folder)


def _call(call: str, told: str, folder: Path) -> Iterator[Call]:
    name = _name(told, folder)
    if name is None:
        return
    match call:
        case "pwrite64":
            (data, is_cut), (offset,) = _STRING.findall(told)[0], re.findall(r", (\d+)$", told)
            assert not is_cut, "strace must be told to show all bytes"
            yield Write(name, int(offset), _bytes(data))
        case "ftruncate":
            yield Cut(name, int(told.rpartition(",")[2]))
        case "fsync" | "fdatasync":
            yield Sync(name)
        case "unlink":
            yield Gone(name)
        case "openat" if "O_CREAT" in told:
            yield Made(name)
        case "write" | "rename":
            raise AssertionError(f"{call} of {name} is not replayed yet")


def _name(told: str, folder: Path) -> str | None:
    """The name in ``folder`` that a call is about; empty for the folder, None for elsewhere."""
    handle = _HANDLE.match(told)
    if handle is not None and not told.startswith("AT_FDCWD"):
        path = Path(_bytes(handle["path"]).decode())
    else:
        texts = _STRING.findall(told)
        path = Path(_bytes(texts[0][0]).decode()) if texts else Path()
    if path == folder:
        return ""
    return path.name if path.parent == folder else None


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass(slots=True)
class Inode:
    """Content that is on the disk, and what was asked since and may be or not."""

    durable: bytes = b""
    pending: list[Write | Cut] = field(default_factory=list)

    def settle(self) -> None:
        """All of it is on the disk."""
        self.durable, self.pending = written(self.durable, self.pending), []


Choose = Callable[[list[Write | Cut], Random], list[Write | Cut]]
"""Which of the calls that were not synced have reached the disk."""


def nothing(_pending: list[Write | Cut], _random: Random) -> list[Write | Cut]:
    return []


def everything(pending: list[Write | Cut], _random: Random) -> list[Write | Cut]:
    return pending


def first_ones(pending: list[Write | Cut], random: Random) -> list[Write | Cut]:
    return pending[: random.randint(0, len(pending))]


def some(pending: list[Write | Cut], random: Random) -> list[Write | Cut]:
    share = random.random()
    return [each for each in pending if random.random() < share]


def some_sectors(pending: list[Write | Cut], random: Random) -> list[Write | Cut]:
    share = random.random()
    return [part for each in pending for part in sectors(each) if random.random() < share]


CHOICES: tuple[Choose, ...] = (nothing, everything, first_ones, some, some_sectors)


def sectors(call: Write | Cut) -> Iterator[Write | Cut]:
    """The parts of a call that a disk writes as one."""
    if isinstance(call, Cut):
        yield call
        return
    at, end = call.offset, call.offset + len(call.data)
    while at < end:
        to = min(end, at - at % SECTOR + SECTOR)
        yield Write(call.name, at, call.data[at - call.offset : to - call.offset])
        at = to


def written(content: bytes, calls: Iterable[Write | Cut]) -> bytes:
    """``content`` after ``calls``; what nobody wrote between is zero."""
    made = bytearray(content)
    for call in calls:
        if isinstance(call, Cut):
            made = made[: call.size].ljust(call.size, b"\0")
            continue
        end = call.offset + len(call.data)
        if len(made) < end:
            made.extend(bytes(end - len(made)))
        made[call.offset : end] = call.data
    return bytes(made)


class Disk:
    """A folder on a disk, as it was before the first call."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """Everything of ``files`` is on the disk."""
        self._names = {name: Inode(content) for name, content in files.items()}
        self._durable_names = dict(self._names)
        self._renamed: list[tuple[str, Inode | None]] = []

    def take(self, call: Call) -> None:
        """The process asks for one thing more."""
        match call:
            case Write() | Cut():
                self._names[call.name].pending.append(call)
            case Made():
                if call.name not in self._names:
                    self._rename(call.name, Inode())
            case Gone():
                self._rename(call.name, None)
            case Sync(""):
                self._durable_names, self._renamed = dict(self._names), []
            case Sync():
                self._names[call.name].settle()
            case _:
                assert_never(call)

    def _rename(self, name: str, inode: Inode | None) -> None:
        self._renamed.append((name, inode))
        if inode is None:
            self._names.pop(name, None)
        else:
            self._names[name] = inode

    def as_seen(self) -> dict[str, bytes]:
        """What the process itself would read: the power stays on."""
        return {name: written(i.durable, i.pending) for name, i in self._names.items()}

    def lost(self, choose: Choose, random: Random) -> dict[str, bytes]:
        """The power fails now. Names come and go in order, up to any of them."""
        names = dict(self._durable_names)
        for name, inode in self._renamed[: random.randint(0, len(self._renamed))]:
            if inode is None:
                names.pop(name, None)
            else:
                names[name] = inode
        return {
            name: written(inode.durable, choose(inode.pending, random))
            for name, inode in names.items()
        }
