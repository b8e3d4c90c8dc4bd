"""config.toml into Policies and Limits, every mistake named at once; and secrets, kept out of it.

Read in this order: ``settings`` (what comes out), ``shape`` with ``limits_table`` (what goes in),
``kinds`` and ``values`` (what a single value may be), ``read`` (the way from one to the other:
``source``, ``overlay``, ``validate``, ``checks``, ``file_checks``, ``cautions``, ``build``),
``mistakes`` and ``locate`` (how a mistake is said and where). Apart from these: ``secrets``,
``write`` (the first config), ``reference`` (documentation and schema), ``digest``.
"""
