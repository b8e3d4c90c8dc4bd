"""Terms out of a user's own file: the examples of the documentation, and everything amiss."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.cli.optimizing.own_terms import BadReference, load
from strategies.optimize.cone import BadOwnTerm, solve_cone
from strategies.optimize.cone.measure import broken, value_at_risk
from strategies.optimize.problem import Problem
from tests.strategies.optimize.problems import Shape, draw

DOC = Path(__file__).resolve().parents[3] / "docs" / "own-terms.md"
REFERENCE = "file:my_terms.py:terms"


def example(number: int) -> str:
    """A block of Python out of the documentation."""
    return re.findall(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL)[number]


def problem() -> Problem:
    return replace(draw(3, Shape(names=12)), turnover=None, tracking_error=None, groups=())


def test_the_term_of_the_documentation_holds(tmp_path: Path) -> None:
    (tmp_path / "my_terms.py").write_text(example(0))
    asked, plain = load(REFERENCE, tmp_path), problem()
    free, bound = solve_cone(plain), solve_cone(plain, asked.terms, asked.own)
    most = 0.1 * np.abs(plain.current) + 1e-4
    assert asked.terms.are_none
    assert (np.abs(free.weights - plain.current) > most + 1e-3).any()
    assert bound.status == "optimal"
    assert (np.abs(bound.weights - plain.current) <= most + 1e-8).all()
    assert bound.objective > free.objective


def test_the_scenarios_of_the_documentation_hold(tmp_path: Path) -> None:
    (tmp_path / "my_terms.py").write_text(example(1))
    asked, plain = load(REFERENCE, tmp_path), problem()
    answer = solve_cone(plain, asked.terms, asked.own)
    assert asked.own is None
    assert answer.status == "optimal"
    assert asked.terms.scenarios is not None
    assert value_at_risk(asked.terms.scenarios, 0.95, answer.weights) <= 0.04
    assert broken(plain, asked.terms, answer.weights) <= 1e-9


FAULTS = [
    ("my_terms.py:terms", "", "expected file:PATH.py:NAME"),
    ("file:my_terms.py", "", "expected file:PATH.py:NAME"),
    ("file:my_terms.py:", "", "expected file:PATH.py:NAME"),
    ("file:my_terms:terms", "", "expected file:PATH.py:NAME"),
    ("file:other.py:terms", "", "there is no file .*other.py"),
    ("file:my_terms.py:term", "def terms(w, x, p): ...", "has no term; it has: terms"),
    (REFERENCE, "", "has no terms; it has: nothing"),
    (REFERENCE, "terms = 5", "terms is a int, expected a function or a Terms"),
    (REFERENCE, "a = 1\nb = 1 / 0", "failed at line 2: ZeroDivisionError: division by zero"),
    (REFERENCE, "import nothing_of_that_name", "line 1: ModuleNotFoundError"),
    (REFERENCE, "def terms(w, x, p:\n    pass", "failed at line 1: SyntaxError"),
    (REFERENCE, "def f():\n    raise KeyError\n\nf()", "failed at line 2: KeyError"),
]


@pytest.mark.parametrize(("reference", "text", "said"), FAULTS, ids=[said for *_, said in FAULTS])
def test_what_is_amiss_is_said(reference: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "my_terms.py").write_text(text)
    with pytest.raises(BadReference, match=said):
        load(reference, tmp_path)


def test_an_error_in_the_function_is_found_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "my_terms.py").write_text("def terms(w, x, p):\n    return w @ p.sectors, []\n")
    asked = load(REFERENCE, tmp_path)
    with pytest.raises(BadOwnTerm, match=r"own term terms: my_terms.py line 2 raised Attribute"):
        solve_cone(problem(), asked.terms, asked.own)


def test_a_file_may_define_dataclasses(tmp_path: Path) -> None:
    """They look up the module that they stand in."""
    text = "import dataclasses\n\n\n@dataclasses.dataclass\nclass A:\n    x: 'int' = 1\n\n\n"
    (tmp_path / "my_terms.py").write_text(text + "def terms(w, x, p):\n    return A().x, []\n")
    asked = load(f"file:{tmp_path / 'my_terms.py'}:terms", Path("nowhere"))
    answer, plain = solve_cone(problem(), own=asked.own), solve_cone(problem())
    assert answer.objective == pytest.approx(plain.objective + 1)
