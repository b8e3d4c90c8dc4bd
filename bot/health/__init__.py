"""Who watches the watchman. Nothing here can trade, write into the book or hold up a cycle.

Read in this order:

    wards      what is looked after: accounts with their limits, and signs that the process gives
    readiness  may it trade now: a named line for each thing that must be so
    metrics    figures, and how Prometheus wants them written
    pages      /livez, /readyz and /metrics, each reading at most once a second
    address    where they are answered: this machine alone, and by which names
    request    one HTTP request, held against what is allowed
    server     the socket, and a thread that serves it
    ping       the dead man's switch: a word to another machine while all is well
"""
