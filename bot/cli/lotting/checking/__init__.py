"""Lot truth: which lots were sold, which the owner wants sold, and what the broker's paper says.

``lots check`` looks, ``lots name`` writes down what was named at the broker. Read ``verb.py``, then
``paper.py``; the sales are those of ``bot/household/relieved.py``.
"""
