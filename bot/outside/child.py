"""What the other process does: load one function of the owner's, call it once, tell its answer.

It is run as a script and imports nothing of ours. The task comes by standard input, as a pickle of
plain values; the answer goes to the descriptor that is named as its argument: eight bytes of
length, then JSON, either {"values": ...} or {"fault": "..."}. Whatever the code prints goes to
standard output. When the one who asked dies, so does this process, with all that it started.
"""

import contextlib
import importlib.machinery
import importlib.metadata
import importlib.util
import inspect
import json
import os
import pickle
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NoReturn

import numpy as np

SHOWN_MAX = 60
"""Characters of a value that are repeated."""
FAULT_MAX = 600
NUMBERS_MAX = 100_000
"""More names than there are."""

Function = Callable[..., object]
Plain = dict[str, float] | list[float]


def main() -> None:
    """Do the task."""
    tell = partial(_tell, int(sys.argv[1]))
    task: dict[str, Any] = pickle.load(sys.stdin.buffer)  # noqa: S301  # written by our own parent
    _live_as_long_as_the_one_who_asks()
    _limit_memory(task["memory_mib"] * 2**20)
    sys.excepthook = partial(_hook, tell, task)
    try:
        function = _load(task, tell)
        arguments, named = _fitting(function, task, tell)
        found = function(*arguments, **named)
    except SystemExit as exc:
        _give_up(tell, f"it called exit({exc.code!r})")
    tell({"values": _plain(found, task["function"], tell)})
    os._exit(0)  # what it left running answers nothing any more


Tell = Callable[[Mapping[str, object]], None]


def _tell(answers: int, answer: Mapping[str, object]) -> None:
    """The answer, after all that was printed."""
    for stream in (sys.stdout, sys.stderr):
        # the code may have closed it, or put something else in its place
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    body = json.dumps(answer).encode()
    left = memoryview(len(body).to_bytes(8, "big") + body)
    while left:
        left = left[os.write(answers, left) :]


def _give_up(tell: Tell, fault: str) -> NoReturn:
    tell({"fault": fault[:FAULT_MAX]})
    os._exit(1)


def _limit_memory(most: int) -> None:
    """Of this process, and of each that it starts; where the system knows such a limit."""
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _live_as_long_as_the_one_who_asks() -> None:
    """Watch the other end of standard input, which the code itself finds empty."""
    life = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        os.read(life, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="life", daemon=True).start()


def _hook(
    tell: Tell,
    task: Mapping[str, Any],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """What an error that the code did not catch becomes: its kind, its words and its line."""
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    said = f"{kind.__name__}: {words}".rstrip(": ")
    if isinstance(error, MemoryError):
        said = f"{said} ({task['memory_mib']} MiB are allowed)"
    place = _line(task["home"], error, traceback.extract_tb(trace))
    _give_up(tell, f"{place}{said}")


def _line(home: str, error: BaseException, frames: traceback.StackSummary) -> str:
    """File and line of the owner's own that the error comes from, as far as there is one."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}: "
    last = [frame for frame in frames if _is_theirs(frame.filename, home)][-1:]
    return "".join(f"{_short(frame.filename)}:{frame.lineno}: " for frame in last)


def _is_theirs(file: str, home: str) -> bool:
    """Whether a line is of the owner's, and not of a library that he uses."""
    return file.startswith(home) and "site-packages" not in file[len(home) :]


def _short(file: str) -> str:
    """A path, from the folder of the config where it lies in there."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _load(task: dict[str, Any], tell: Tell) -> Function:
    """The function that is meant, once its module ran without an error."""
    if task["file"] is None:
        (entry,) = importlib.metadata.entry_points(group=task["group"], name=task["function"])
        found: object = entry.load()
        module = inspect.getmodule(found)
        task["home"] = f"{Path(getattr(module, '__file__', None) or '/').parent}/"
    else:
        found = getattr(_module(Path(task["file"])), task["function"], None)
    if callable(found):
        return found
    what = "is no function" if found is not None else "is not there"
    _give_up(tell, f"{task['function']} {what} in {_short(task['file'] or task['function'])}")


def _module(file: Path) -> ModuleType:
    """The module in ``file``, from its text alone: nothing compiled is read or left behind."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(file.parent))  # as Python itself does for a script
    name = f"own_{file.stem}" if file.stem in sys.modules else file.stem
    loader = importlib.machinery.SourceFileLoader(name, str(file))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None, "a loader has a spec"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    code = loader.source_to_code(loader.get_data(str(file)), str(file))
    exec(code, module.__dict__)  # noqa: S102  # to run it is what it is for
    return module


def _fitting(
    function: Function, task: Mapping[str, Any], tell: Tell
) -> tuple[list[object], dict[str, object]]:
    """Of all that is offered what the function asks for, by the names of its parameters."""
    name, own = task["function"], task["parameters"]
    offered = {**task["given"], **own}
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        _give_up(tell, f"{name}() does not say what it takes; write it as a plain function")
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters)
    asked = [
        each for each in parameters if each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}
    ]
    if lost := [p.name for p in asked if p.default is p.empty and p.name not in offered]:
        there = f"there is {', '.join(offered)}"
        _give_up(tell, f"{name}() asks for {', '.join(lost)}, which is not given; {there}")
    names = {each.name for each in asked}
    if unused := [each for each in own if each not in names and not takes_all]:
        _give_up(tell, f"{name}() does not take the parameter {', '.join(unused)}")
    known = [each for each in asked if each.name in offered]
    by_place = [offered[each.name] for each in known if each.kind is each.POSITIONAL_ONLY]
    by_name = {p.name: offered[p.name] for p in known if p.kind is not p.POSITIONAL_ONLY}
    return by_place, offered if takes_all and not by_place else by_name


def _plain(found: object, name: str, tell: Tell) -> Plain:
    """The answer as JSON has it: by name, or in the order of the names."""
    if found is None:
        _give_up(tell, f"{name}() returned nothing; is a return missing?")
    if callable(to_dict := getattr(found, "to_dict", None)):  # a pandas Series
        found = to_dict()
    if isinstance(found, Mapping | list | tuple) and len(found) > NUMBERS_MAX:
        _give_up(tell, f"{name}() returned {len(found)} numbers")
    if isinstance(found, Mapping):
        return {str(key): _number(value, str(key), name, tell) for key, value in found.items()}
    if isinstance(found, np.ndarray | list | tuple):
        values = np.asarray(found, dtype=object)
        if values.ndim == 1 and values.size <= NUMBERS_MAX:
            return [_number(v, f"number {n}", name, tell) for n, v in enumerate(values, 1)]
        _give_up(tell, f"{name}() returned an array of shape {values.shape}, not one number a name")
    _give_up(tell, f"{name}() returned a {type(found).__name__}, no weights by name and no array")


def _number(value: object, which: str, name: str, tell: Tell) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # what is no number says so
    except (TypeError, ValueError, OverflowError):
        shown = repr(value)[:SHOWN_MAX]
        _give_up(tell, f"{name}() returned {shown} for {which[:SHOWN_MAX]}, which is no number")


if __name__ == "__main__":
    main()
