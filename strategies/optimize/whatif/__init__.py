"""What if: what a plan would come to with other limits, other aversions, in another market.

Everything here solves the plan's problem again, changed in one respect, and measures what comes
out by the same rule. Nothing is decided from it.

Reading order: ``outcome`` (what a plan comes to), ``limits`` (which there are, and how they are
moved), ``prices`` and ``bounds`` (what each that binds is worth, from the dual), ``probe`` (the
same by solving again), ``words`` (said in plain words), ``scaled`` and ``curve`` (the trade-off),
``stress`` (another market), ``sensitivity`` (each input a little or a lot different).
"""
