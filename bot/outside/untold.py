"""The one way in which the owner's own code can fail: no answer, and why."""

TAIL_LINES, TAIL_CHARACTERS = 3, 160
"""The most that is repeated of what the code printed."""


class Untold(Exception):
    """The code gave no answer that can be used; the message says why, and what it last printed."""

    def __init__(self, why: str, printed: str = "") -> None:
        """Keep ``why``, with the end of ``printed`` behind it."""
        last = " / ".join(filter(None, map(str.strip, printed.splitlines()[-TAIL_LINES:])))
        tail = f'; the last it printed: "{last[-TAIL_CHARACTERS:]}"' if last else ""
        super().__init__(f"{why}{tail}")
        self.remedy = "mend it, and try it by: trimtab check"


def printable(text: str) -> str:
    """``text`` without what could move a terminal's cursor: other signs than line ends as "?"."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)
