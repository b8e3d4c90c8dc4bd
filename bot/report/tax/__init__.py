"""A household's taxable sales: the figures as documents have them, and as a page for a terminal."""
