"""When cycles run. The only room that reads the clock, and the only one of two libraries.

Read in this order: ``sessions`` (when the exchange is open), ``slots`` (which moments of a session
are due, and which were missed), ``rota`` (what is done at one moment: the same in the daemon, in
``run --once`` and in a replay), ``fastforward`` (the rota on a virtual clock) and ``daemon`` (the
rota on the real one, with ``triggers``, ``pulse``, ``systemd``, ``lock`` and ``clock`` to help).
Nothing heavy is imported before it is needed: the exchange calendar by ``almanac`` when no cache
will do, the scheduler by ``daemon`` and ``triggers``.
"""
