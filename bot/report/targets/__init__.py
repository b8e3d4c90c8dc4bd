"""What ``trimtab targets`` and ``trimtab frontier`` found, for every face.

Reading order: ``figures`` (plain numbers, as JSON has them), ``tables`` and ``page`` (for a
terminal), ``pictures``, ``html``.
"""
