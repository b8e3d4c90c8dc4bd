"""``make museum``: every mutant on its days, drawn from more seeds; a table of what was seen.

Ends with 1 where a mutant escapes at every seed, or sound code shows anything.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from museum.asking import Answer, Host, host, verdict
from museum.catalogue import DAYS, MUTANTS
from museum.mutants import Mutant

SEEDS = int(os.environ.get("SEEDS") or 5)


def main() -> int:
    """Play them all."""
    with host() as warm:
        sound = {
            (name, seed): warm.ask((), replace(days, seed=days.seed + seed))
            for name, days in DAYS.items()
            for seed in range(SEEDS)
        }
        spoilt = [f"{name}, seed +{seed}" for (name, seed), a in sound.items() if a.wrong or a.died]
        for said in spoilt:
            _say(f"sound code shows something: {said}")
        _say(f"{'bug':30} {'of':42} {'caught by':10} {'sessions':>8}  seeds")
        escaped = [mutant.name for mutant in MUTANTS if not _told(mutant, warm, sound)]
    _say("", f"{len(MUTANTS) - len(escaped)} of {len(MUTANTS)} caught")
    return 1 if spoilt or escaped else 0


def _told(mutant: Mutant, warm: Host, sound: dict[tuple[str, int], Answer]) -> bool:
    """A row of the table; whether the mutant was caught at any seed."""
    days, found, first = DAYS[mutant.days], list[str](), 0
    for seed in range(SEEDS):
        seen = warm.ask(mutant.edits, replace(days, seed=days.seed + seed))
        if how := verdict(seen, sound[mutant.days, seed]):
            found.append(how)
            first = first or seen.sessions
    how = found[0] if found else "ESCAPED"
    row = f"{mutant.name:30} {mutant.cited:42.42} {how:10} {first:>8}  {len(found)} of {SEEDS}"
    _say(row)
    return bool(found)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
