"""Every measurement that takes seconds, one after the other: ``make bench``."""

import subprocess
import sys

QUICK = ("benchmarks.startup", "benchmarks.cycle", "benchmarks.book", "benchmarks.optimizer.speed")

for name in QUICK:
    print(f"== python -m {name}", flush=True)
    subprocess.run([sys.executable, "-m", name], check=True)  # noqa: S603  # our own modules
