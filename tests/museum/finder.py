"""Serves the mutated source of some modules in place of what is on the disk.

What was imported before and knows a mutated module, by however many others, is imported anew.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

from museum.mutants import Edit

OURS = ("bot", "brokers", "strategies", "museum", "simulation")


class MutatedLoader(SourceLoader):
    """Loads one module from text; nothing of it is kept on the disk."""

    def __init__(self, path: str, text: str) -> None:
        """Of the file ``path``, had it ``text`` in it."""
        self.path = path
        self.text = text

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002 - it loads one alone
        """Where the sound module is."""
        return self.path

    def get_data(self, path: str) -> bytes:
        """The mutated text; there is no compiled copy."""
        if path != self.path:
            raise OSError(path)
        return self.text.encode()


class MutatedFinder(MetaPathFinder):
    """Finds the modules of ``edits`` before anybody else does."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        """All edits of one module are made in it."""
        self.texts: dict[str, tuple[str, str]] = {}
        for edit in edits:
            path, text = self.texts.get(edit.module, (str(edit.path), edit.path.read_text("utf-8")))
            self.texts[edit.module] = path, edit.applied(text)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where ``fullname`` is one of them."""
        del path, target
        if fullname not in self.texts:
            return None
        file, text = self.texts[fullname]
        return spec_from_file_location(fullname, file, loader=MutatedLoader(file, text))


def mutate(edits: Sequence[Edit]) -> None:
    """From now on import mutated code, and forget all that was made from the sound one."""
    sys.meta_path.insert(0, MutatedFinder(edits))
    for name in touched({edit.module for edit in edits}):
        del sys.modules[name]
        room, _, last = name.rpartition(".")
        if hasattr(sys.modules.get(room), last):
            delattr(sys.modules[room], last)


def touched(mutated: set[str]) -> set[str]:
    """Modules that were imported and are ``mutated``, or know one that is, by however many."""
    known = {name: uses(name) for name in sys.modules if name.partition(".")[0] in OURS}
    found: set[str] = set()
    fresh = mutated & known.keys()
    while fresh:
        found |= fresh
        fresh = {name for name, used in known.items() if used & fresh} - found
    return found


@cache
def uses(name: str) -> frozenset[str]:
    """What a module that was imported imports as it begins: modules, and names in them."""
    file = sys.modules[name].__file__
    tree = ast.parse(Path(file).read_text("utf-8")) if file else ast.parse("")
    return frozenset(_imports(tree.body))


def _imports(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
