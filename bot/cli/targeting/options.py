"""Options that ``targets`` and ``frontier`` share, and what both do first."""

import os
from pathlib import Path
from typing import Annotated

import typer

Mean = Annotated[
    Path | None,
    typer.Option("--mean", metavar="CSV", help="Expected returns: a name and its number a line."),
]
Cov = Annotated[
    Path | None,
    typer.Option(
        "--cov", metavar="CSV", help="Covariance: names in the header and the first column."
    ),
]
Returns = Annotated[
    Path | None,
    typer.Option("--returns", metavar="CSV", help="Returns: names in the header, a row a period."),
]
RiskFree = Annotated[
    float | None,
    typer.Option("--risk-free", metavar="R", help="Return of what has no risk, in that period."),
]
Lower = Annotated[
    float | None, typer.Option("--lower", metavar="L", help="Least weight of a name; 0.")
]
Upper = Annotated[
    float | None, typer.Option("--upper", metavar="U", help="Largest weight of a name; 1.")
]
Short = Annotated[bool, typer.Option("--short", help="Least weight -1, unless --lower says one.")]
Gross = Annotated[
    float | None,
    typer.Option("--gross", metavar="G", help="Most that longs and shorts are together."),
]
Points = Annotated[
    int | None, typer.Option("--points", metavar="N", min=2, max=100_000, help="Of a frontier; 20.")
]
Estimators = Annotated[
    str | None,
    typer.Option("--covariance", metavar="HOW", help="How returns make one: docs/risk.md."),
]
Caps = Annotated[Path | None, typer.Option("--caps", metavar="CSV", help="Market capitalisations.")]
Means = Annotated[
    str | None,
    typer.Option(
        "--means",
        metavar="SOURCE",
        help="Where an account's expected returns come from: historical, equilibrium, views, "
        "file:CSV or forecast:FILE.py:FUNCTION.",
    ),
]
Show = Annotated[int, typer.Option("--show", metavar="N", min=1, help="Names in the tables.")]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw it into a .png or an .svg.")
]


def one_thread() -> None:
    """Keep linear algebra on one thread, unless the caller wants more."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MKL_NUM_THREADS", "1")
