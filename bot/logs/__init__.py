"""What the daemon writes down as it works. Nothing here can hold up or end what is written about.

Read in this order:

    lines   a record as one line, for people or for machines, without secrets and control characters
    outlet  where lines go: a queue that never makes its writer wait, and a thread that empties it
    files   the folder: a file until it is full or the day is over, the oldest removed
    start   all of it put to use, for as long as the daemon runs

Everybody else writes by the standard library: ``logging.getLogger("trimtab.daemon")``.
"""
