"""What a broker's adapter costs: 500 positions and quotes, and whether a burst keeps the pace.

Run ``python -m benchmarks.adapters [adapters] [runs] [names]``. Each adapter speaks, through the
real client library, to its stand-in in a process of its own, so the time of this process is ours
alone: what we and the library compute, and not what we wait for. Price histories are in the book,
as they are on every day but the first. Unsaid, ibkr is left out: at its pace a run takes a minute.

Reading order: ``world`` (stand-ins, clocks, accounts at them), ``snapshots`` (positions, quotes and
what a cycle makes of them), ``bursts`` (500 orders), ``shares`` (whose processor time it is).
"""
