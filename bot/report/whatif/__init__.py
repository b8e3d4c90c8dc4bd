"""What ``trimtab whatif`` found, for every face.

Reading order: ``figures`` (plain numbers, as JSON has them), ``make`` (from the optimiser's nouns),
``tables`` and ``page`` (for a terminal), ``pictures``.
"""
