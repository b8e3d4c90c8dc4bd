"""Price histories: asked of broker, folder or adapter, kept in the book, never asked for twice.

Read in this order: ``source`` (who can tell prices), ``sound`` (what is refused of an answer),
``placed`` (what an answer adds to what is kept, and whether the past was restated), ``refresh``
(what to ask for, and writing it down), ``joined`` (an older history before a newer one),
``history`` (what one look uses), ``cached`` (the same for whoever talks to no broker) and
``survey`` (what there is, how old, with which gaps). ``folder``, ``columns`` and ``adapter`` are
the sources that are not brokers.
"""
