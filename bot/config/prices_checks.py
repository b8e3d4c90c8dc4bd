"""What is wrong between the keys of ``[accounts.NAME.prices]``; a rule is a row of a table."""

from collections.abc import Iterator

from bot.config.checks import Finding, Rule, Subject
from bot.config.settings import PriceSource

HERE = "prices"
NEEDS = {PriceSource.FOLDER: "folder", PriceSource.ADAPTER: "adapter"}
"""Sources that a key tells the place of."""


def _sources(of: Subject) -> Iterator[Finding]:
    """Each source once, each with its place; and no place that nobody is sent to."""
    prices = of.table.prices
    if prices.sources is None:
        return
    path = (HERE, "sources")
    if not prices.sources:
        yield Finding(path, None, 'is empty; write "broker" or leave the key out')
    for source in dict.fromkeys(prices.sources):
        if prices.sources.count(source) > 1:
            yield Finding(path, source.value, "is in the list more than once")
    for source, key in NEEDS.items():
        is_set = getattr(prices, key) is not None
        if source in prices.sources and not is_set:
            yield Finding(path, source.value, f"needs {key}")
        if is_set and source not in prices.sources:
            yield Finding((HERE, key), None, f'is not used: "{source.value}" is not in sources')


RULES = (Rule(_sources, ((HERE, "sources"), (HERE, "folder"), (HERE, "adapter"))),)
