"""What ``trimtab risk`` found, for every face.

Reading order: ``figures`` (plain numbers, as JSON has them), ``tables`` and ``whose`` (in rows),
``page`` and ``several`` (for a terminal), ``pictures`` and ``heat``, ``html``.
"""
