"""How quickly ``trimtab status`` answers, start to end, beside a Python that does nothing.

Run ``python -m benchmarks.startup [runs]``: a short demo is made first, then both commands take
turns, each a process of its own. Medians, and their ratio.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

RUNS = 15


def seconds(command: Sequence[str]) -> float:
    """Wall time of one process that ends well."""
    begun = perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # our own commands
    return perf_counter() - begun


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    python = [sys.executable, "-m", "bot"]
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        seconds([*python, "-q", "demo", "--folder", str(demo), "--until", "2020-01-31"])
        status = [*python, "--config", str(demo / "config.toml"), "status"]
        nothing = [sys.executable, "-c", "pass"]
        pairs = [(seconds(nothing), seconds(status)) for _ in range(runs)]
    bare, answer = (median(column) * 1000 for column in zip(*pairs, strict=True))
    print(f"python that does nothing  {bare:6.0f} ms")
    print(f"trimtab status            {answer:6.0f} ms, {answer / bare:.1f} times as long")


if __name__ == "__main__":
    main()
