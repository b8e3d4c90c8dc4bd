"""Where ``trimtab`` starts: the command line, and the one place where errors become sentences."""

import os
import sys


def main() -> None:
    """Run the command line and leave with a documented exit code."""
    # Before NumPy is loaded: its threads cost a small problem more than they save (17 times the
    # time at 500 names), and one thread adds up the same way on every machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from bot.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
