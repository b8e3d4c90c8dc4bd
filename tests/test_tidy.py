"""The shape of the code itself: habits that are only kept when a machine counts them."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("bot", "brokers", "strategies")
CODE = (*PRODUCT, "migrations", "benchmarks", "tests")
TEXTS = {".py", ".md", ".toml", ".lock", ".csv", ".txt", ".service", ".timer", ".yml", ".mako"}

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
TEST_LINES_MAX = 600
"""A file of tests is a list of cases, read one at a time."""

MAY_CATCH_ALL = {
    "bot/cli/app.py": 1,  # the last line before a traceback: an error becomes a sentence
    "bot/cli/checks.py": 2,  # a check that fails is a finding, whatever failed
    "benchmarks/targets/judge.py": 1,  # an unforeseen error is what the sweep looks for
}
"""How many broad ``except`` a file may hold. One more is allowed in all of ``bot/daemon``."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One Python file of ours."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    def within(self, *folders: str) -> bool:
        """Whether it lies in one of ``folders``."""
        return any(self.name.startswith(f"{folder}/") for folder in folders)


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the project, read once."""
    paths = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
    return tuple(Source(path, text := path.read_text(), ast.parse(text)) for path in paths)


@cache
def kept_files() -> tuple[Path, ...]:
    """Every text file that the project keeps: what is at the top, and all of its folders."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != "config.toml"]
    folders = (*CODE, "docs", "deploy", ".ci")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    kept = [*top, *inside]
    return tuple(p for p in kept if p.suffix in TEXTS or p.name in {"Makefile", "run", "wheel"})


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of ``source``, methods and inner ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def calls(tree: ast.AST) -> Iterator[str]:
    """The last name of everything that is called in ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module, and every name out of a module, that ``tree`` imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_is_something_to_look_at() -> None:
    assert {source.path.parent.name for source in sources()} >= set(PRODUCT)


def test_functions_fit_on_a_page() -> None:
    long = [
        f"{source.name}:{node.lineno} {node.name} has {lines_of(node)} lines"
        for source in sources()
        if not source.within("migrations")  # written once, a list of tables, never called by us
        for node in functions(source)
        if lines_of(node) > FUNCTION_LINES_MAX
    ]
    assert not long, "split by what each part decides"


def test_most_functions_are_small() -> None:
    sizes = sorted(lines_of(f) for s in sources() if s.within(*PRODUCT) for f in functions(s))
    assert sizes[len(sizes) // 2] <= 12
    assert sizes[len(sizes) * 9 // 10] <= 30


def test_files_can_be_read_in_one_go() -> None:
    most = {s: TEST_LINES_MAX if s.within("tests") else FILE_LINES_MAX for s in sources()}
    long = [s.name for s in sources() if len(s.text.splitlines()) > most[s]]
    assert not long, "split it into a folder of the same name"


def test_every_file_says_what_it_is_for() -> None:
    silent = [s.name for s in sources() if s.text.strip() and not ast.get_docstring(s.tree)]
    assert not silent


def broad_excepts(tree: ast.Module) -> Iterator[int]:
    """Lines that catch everything, in either spelling, and do not pass it on."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
                continue
            case ast.ExceptHandler(type=None):
                yield node.lineno
            case ast.ExceptHandler(type=ast.expr() as caught) if is_broad(caught):
                yield node.lineno
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress")):
                if any(is_broad(argument) for argument in node.args):
                    yield node.lineno


def is_broad(caught: ast.expr) -> bool:
    """Whether ``caught`` names an ancestor of all errors."""
    names = {node.id for node in ast.walk(caught) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


def test_errors_are_caught_by_name() -> None:
    found = {
        source.name: list(broad_excepts(source.tree))
        for source in sources()
        if not source.within("bot/daemon")
    }
    surplus = {
        name: lines for name, lines in found.items() if len(lines) > MAY_CATCH_ALL.get(name, 0)
    }
    assert not surplus, "name the errors that can happen; the rest is a fault of ours"


def test_the_daemon_has_one_last_resort() -> None:
    lines = [
        f"{source.name}:{line}"
        for source in sources()
        if source.within("bot/daemon")
        for line in broad_excepts(source.tree)
    ]
    assert len(lines) <= 1, lines


UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")


def test_nothing_is_left_for_later() -> None:
    others = [source for source in sources() if source.path != Path(__file__)]
    assert not [source.name for source in others if UNFINISHED.search(source.text)]


def test_only_the_command_line_prints() -> None:
    loud = [
        source.name
        for source in sources()
        if source.within(*PRODUCT, "migrations")
        and not source.within("bot/cli")
        and "print" in calls(source.tree)
    ]
    assert not loud


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [source.name for source in sources() if source.path.stem in drawers]


def test_a_dry_run_is_not_a_mode() -> None:
    moded = [
        source.name
        for source in sources()
        if source.within(*PRODUCT) and re.search(r"\bdry_run\b", source.text)
    ]
    assert not moded, "planning and acting are two functions, not one with a flag"


def test_nouns_do_not_change() -> None:
    soft = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources()
        if source.within("strategies") or source.within("brokers/words")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in (said := ast.unparse(decorator))
        if not ("frozen=True" in said and "slots=True" in said)
    ]
    assert not soft


ADDRESS = re.compile(
    r"--(?:extra-)?index-url\s|--find-links\s|--trusted-host\s|https?://\S*(?:/simple\b|pypi\.)"
)
HOMES = re.compile(r"(?<![\w.])/(?:home/[a-z]+|Users/\w+|root)/")


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    here = {str(ROOT), str(Path.home())} - {"/", "/root"}
    telling = [
        path.relative_to(ROOT).as_posix()
        for path in kept_files()
        if path != Path(__file__)
        for text in [path.read_text()]
        if HOMES.search(text) or ADDRESS.search(text) or any(place in text for place in here)
    ]
    assert not telling


def test_an_example_config_is_there() -> None:
    assert tomllib.loads((ROOT / "config.example.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    """Name and marker to version, for every requirement of a lock."""
    text = (ROOT / lock).read_text()
    found = re.findall(r"^([A-Za-z0-9_.\[\]-]+)==(\S+)(.*?) *\\?$", text, re.MULTILINE)
    return {f"{name}{marker}": number for name, number, marker in found}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_everything_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(entries) == len(pins(lock)) > 50
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


def test_both_locks_go_into_one_environment() -> None:
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime.items() <= dev.items(), "make lock writes both"


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {re.split(r"[\[ ]", name)[0] for name in pins("requirements.lock")}
    assert {bare(line) for line in project["dependencies"]} <= locked


def bare(requirement: str) -> str:
    """The name alone, as packages are called by."""
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")


PART_OF_ANOTHER = {"pydantic_core", "markupsafe", "ib_insync"}
"""Named in the interface of pydantic and of jinja2, which cannot do without them; and the old name
of ib_async, which is taken where it is installed in its place."""


def test_what_is_imported_is_asked_for() -> None:
    """What comes along with something else today may be gone from it tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    asked = {bare(line) for line in [*project["dependencies"], *extras]}
    ours = {*CODE, *sys.stdlib_module_names, *PART_OF_ANOTHER}
    distributions = packages_distributions()
    uninvited = {
        f"{source.name} imports {top}"
        for source in sources()
        if source.within(*PRODUCT, "migrations")
        for top in {name.split(".")[0] for name in imports(source.tree)} - ours
        if not asked & {bare(name) for name in distributions.get(top, [])}
    }
    assert not uninvited


def test_one_version_is_told_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version("trimtab") == project["version"], "make .venv/.project installs it anew"


def cases_of(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions of ``source``, by pytest's rule of names."""
    for node in functions(source):
        if node.name.startswith("test_"):
            yield node


CHECKS = {"raises", "validate", "run_state_machine_as_test"}
"""What fails by itself: pytest's, jsonschema's, hypothesis's."""


@cache
def asserting() -> frozenset[str]:
    """Names of the functions in tests/ that assert, themselves or through one another."""
    bodies = [node for s in sources() if s.within("tests") for node in functions(s)]
    called = {id(node): set(calls(node)) for node in bodies}
    found: set[str] = set()
    while True:
        more = {
            node.name
            for node in bodies
            if any(isinstance(part, ast.Assert) for part in ast.walk(node))
            or called[id(node)] & (found | CHECKS)
        }
        if more == found:
            return frozenset(found)
        found = more


def test_every_test_can_fail() -> None:
    idle = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources()
        if source.within("tests")
        for node in cases_of(source)
        if node.name not in asserting()
    ]
    assert not idle, "it asserts nothing"


BANNED_IN_TESTS = re.compile(
    r"unittest\.mock|from unittest import|\bmocker\b|monkeypatch\.setattr|mark\.skip|mark\.xfail"
    r"|pytest\.skip\(|pytest\.xfail\(|importorskip|time\.sleep\("
)


def test_tests_neither_patch_nor_skip_nor_sleep() -> None:
    found = [
        f"{source.name}: {said.group()}"
        for source in sources()
        if source.within("tests") and source.path != Path(__file__)
        for said in [BANNED_IN_TESTS.search(source.text)]
        if said
    ]
    assert not found


def test_test_files_have_names_of_their_own() -> None:
    names = [source.path.name for source in sources() if source.within("tests")]
    twice = {name for name in names if names.count(name) > 1} - {"__init__.py", "conftest.py"}
    assert not twice
