"""Where ``trimtab`` starts: the command line, and the one place where errors become sentences."""

import sys


def main() -> None:
    """Run the command line and leave with a documented exit code."""
    from bot.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
