"""Whose risk it is: each name's part, and that of each of the owner's labels."""

from collections.abc import Iterator, Mapping

from bot.cli.risking.positions import Held
from bot.report.risk.figures import GroupFigures, NameFigures, TrendFigures
from brokers.words import ZERO, Symbol
from strategies.risk.report.nouns import Part, RiskReport


def names_of(
    held: Held, found: RiskReport, sure: set[Symbol], trends: Mapping[Symbol, TrendFigures]
) -> Iterator[NameFigures]:
    """Each name; those that are not ``sure`` have no history to use."""
    for name, part in zip(held.names, found.names, strict=True):
        target = None if held.targets is None else float(held.targets.get(name, ZERO))
        yield _name(part, target, trends.get(name), has_history=name in sure)


def _name(
    part: Part, target: float | None, trend: TrendFigures | None, *, has_history: bool
) -> NameFigures:
    assert part.volatility is not None, "it is of a name, not of a group"
    assert part.marginal is not None, "it is of a name, not of a group"
    return NameFigures(
        symbol=part.label,
        weight=part.weight,
        target=target,
        volatility=part.volatility,
        marginal=part.marginal,
        contribution=part.contribution,
        share=part.share,
        has_history=has_history,
        trend=trend,
    )


def groups_of(held: Held, found: RiskReport) -> Iterator[GroupFigures]:
    """Of each column of the owner's labels, the riskiest first; names without a label together."""
    away = None if found.target is None else [part.share for part in found.target.names]
    for column, pairs in held.config.labels:
        known = dict(pairs)
        members: dict[str, list[int]] = {}
        for place, name in enumerate(held.names):
            members.setdefault(known.get(name, ""), []).append(place)
        rows = [
            GroupFigures(
                column=column,
                label=label,
                names=len(places),
                weight=sum(found.names[i].weight for i in places),
                target=None
                if held.targets is None
                else float(sum(held.targets.get(held.names[i], ZERO) for i in places)),
                contribution=sum(found.names[i].contribution for i in places),
                share=sum(found.names[i].share for i in places),
                tracking_share=None if away is None else sum(away[i] for i in places),
            )
            for label, places in members.items()
        ]
        yield from sorted(rows, key=lambda row: (-row.share, row.label))
