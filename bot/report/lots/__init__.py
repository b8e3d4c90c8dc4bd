"""The open lots of the accounts: the figures as documents have them, and as a page."""
