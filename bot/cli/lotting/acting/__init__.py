"""What companies did to shares: ``lots actions``, ``lots action`` and ``lots retract``.

The first tells what is in the book and what is asked, the others write the owner's word into it.
Read ``verb.py``, then ``word.py`` (from a command line to an action), ``effect.py`` (what it does).
"""
