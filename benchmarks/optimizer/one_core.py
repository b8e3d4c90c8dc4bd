"""Import this before NumPy: every library of the process then runs on one thread.

Ratios between solvers mean something only where none of them may use a second core. Times are
those that the processor spent (``spent``), in all threads: what else the machine does is not in
them, and a second core would be charged.
"""

import os
import time

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


def stay_on_one_core() -> None:
    """Ask every library of linear algebra for one thread."""
    for name in THREADS:
        os.environ[name] = "1"


def spent() -> float:
    """Seconds that the processor has worked for this process: the difference of two is a time."""
    return time.process_time()


stay_on_one_core()
