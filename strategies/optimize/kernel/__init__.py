"""The dual Newton kernel: exact, in milliseconds, with its own certificate.

Reading order: ``rates`` (what goes in steps), ``pieces`` (one name by itself), ``dual`` (what
couples the names), ``newton`` (one step up), ``compiled`` (the same in C, where there was a
compiler), ``solve`` (the search), ``repair`` (weights that keep the limits), ``certificate``
(proof that no weights do).
"""
