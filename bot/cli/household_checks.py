"""What ``trimtab check`` finds of each household: members, files, and what is not known."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.cli.exits import Exit
from bot.cli.finding import Finding
from bot.cli.households import HouseholdStatus, line

if TYPE_CHECKING:
    from bot.config.settings import Config
    from bot.household.kin import Kin, Known

FILES_REMEDY = "mend it, or take it out of trades; docs/tax.md tells every column of a file"


def household_findings(config: "Config") -> Iterator[Finding]:
    """The ledger of each household is worked out, as the next order will want it."""
    from bot.cli.wiring import hands_of, make_book
    from bot.household.kin import kin_of

    now = hands_of(config).clock.now()
    with make_book(config) as book:
        for kin in {id(each): each for each in kin_of(config, book).values()}.values():
            known = kin.known(now)
            for why in known.unusable:
                what = f"{_line(kin)}: {why}"
                yield Finding("fail", what, FILES_REMEDY, Exit.USAGE)
            if not known.unusable:
                yield from _sound(kin, known)


def _sound(kin: "Kin", known: "Known") -> Iterator[Finding]:
    """Its members, and what stands in the way of a harvest, where one is wanted."""
    yield Finding("ok", _line(kin))
    if any(one.policy.harvest for one in kin.accounts):
        yield from (Finding("warn", f"no loss is taken: {why}") for why in known.home.doubts)
    for one in known.home.unseen if len(kin.accounts) > 1 else ():
        who = one.account or "an account held elsewhere"
        what = f"what {who} may have sold at a loss no other account buys: {one.why}"
        yield Finding("warn", what)


def _line(kin: "Kin") -> str:
    names = tuple(str(one.account) for one in kin.accounts)
    files = tuple(map(str, kin.settings.files))
    return line(HouseholdStatus(kin.settings.name, kin.accounts[0].environment, names, files, ()))
