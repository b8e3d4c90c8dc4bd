"""Run the benchmarks, or be the stand-in of one."""

import sys

from benchmarks.adapters.bursts import BURST, burst_at_alpaca, burst_at_ib, quotes_in_a_burst
from benchmarks.adapters.shares import shares_at_ib
from benchmarks.adapters.snapshots import paper, report, snapshots
from benchmarks.adapters.world import ALPACA_PER_MINUTE, IB_PER_SECOND, serve


def main(kinds: str = "paper,alpaca", runs: int = 5, names: int = 500) -> None:
    """Read at every adapter, and then send a burst."""
    for kind in kinds.split(","):
        watch = paper(runs, names) if kind == "paper" else snapshots(kind, runs, names)
        report(kind, watch, names)
    if "alpaca" in kinds:
        most, refused, minutes = burst_at_alpaca()
        print(f"alpaca: {BURST} orders in {minutes:.1f} minutes (virtual), at most {most} requests")
        print(f"  in any minute of {ALPACA_PER_MINUTE}; {refused} answered with 429")
        asked = {most: quotes_in_a_burst(most) for most in (0, 30, BURST)}
        for streamed, requests in asked.items():
            print(f"  {requests} requests for quotes meanwhile, with {streamed} names streamed")
    if "ibkr" in kinds:
        peak, seconds = burst_at_ib()
        print(f"ibkr: {BURST} orders in {seconds:.1f} s, at most {peak} messages in any second")
        print(f"  of {IB_PER_SECOND}")
        own, parts = shares_at_ib(max(runs, 5), names)
        print(f"  {names} positions and quotes without a pace: {own:.1f} ms of our processor time")
        print("  of which " + ", ".join(f"{part:.1f} {owner}" for owner, part in parts.items()))


if __name__ == "__main__":
    told = sys.argv[1:]
    if told[:1] == ["serve"]:
        serve(told[1], float(told[2]), int(told[3]))
    else:
        main(*told[:1], *map(int, told[1:]))
