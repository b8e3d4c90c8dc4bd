"""The machine will not go on: one error for every reason, with its remedy."""


class Refusal(Exception):
    """The machine will not go on. Says why, and what a person can do about it."""

    def __init__(self, why: str, remedy: str) -> None:
        """State the reason and the remedy, a sentence each."""
        super().__init__(why)
        self.remedy = remedy
