"""Worked examples as files, and what ``trimtab targets`` says of them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from portfolio_oracles import Array

from bot.cli.app import run
from bot.cli.schemas import document_schema


@dataclass(frozen=True)
class Case:
    """A worked example: means, volatilities and the correlations above the diagonal."""

    name: str
    mean: Array
    covariance: Array


def case(name: str, mean: list[float], risk: list[float], above: list[float]) -> Case:
    correlation = np.eye(len(mean))
    correlation[np.triu_indices(len(mean), 1)] = above
    correlation = correlation + correlation.T - np.eye(len(mean))
    return Case(name, np.array(mean), correlation * np.outer(risk, risk))


FOUR = case(
    "four", [0.12, 0.15, 0.18, 0.05], [0.2, 0.3, 0.4, 0.1], [0.3, 0.7, 0.1, 0.5, 0.15, 0.05]
)
FIVE = case(
    "five",
    [0.10, 0.12, 0.11, 0.0375, 0.09],
    [0.15, 0.18, 0.165, 0.075, 0.14],
    [0.75, 0.65, 0.25, 0.50, 0.70, 0.10, 0.55, 0.20, 0.45, 0.15],
)
RETURNS = np.random.default_rng(7).standard_t(4, (240, 4)) @ np.array(
    [[0.02, 0, 0, 0], [0.01, 0.02, 0, 0], [0, 0.01, 0.03, 0], [0.005, 0, 0, 0.01]]
)


def square(path: Path, table: Array) -> None:
    names = [f"N{number}" for number in range(len(table))]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        for name, row in zip(names, table.tolist(), strict=True):
            writer.writerow([name, *map(repr, row)])


def column(path: Path, values: Array) -> None:
    rows = "".join(f"N{number},{value!r}\n" for number, value in enumerate(values.tolist()))
    path.write_text(f"name,value\n{rows}")


def periods(path: Path, returns: Array) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["day", *(f"N{number}" for number in range(returns.shape[1]))])
        for day, row in enumerate(returns.tolist()):
            cells = ("" if np.isnan(value) else repr(value) for value in row)
            writer.writerow([f"day {day}", *cells])


def said(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    capsys.readouterr()
    code = run(line)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def told(capsys: pytest.CaptureFixture[str], *line: str) -> dict[str, Any]:
    """The document of ``trimtab targets``, which keeps its schema."""
    code, out, err = said(capsys, "targets", *line, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, document_schema("targets"))
    return document


def weights(portfolio: dict[str, Any]) -> Array:
    return np.array(list(portfolio["weights"].values()))
