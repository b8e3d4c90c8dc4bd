"""What an account may have sold unseen, in a plan: names keep their weight, and a line says so."""

from dataclasses import replace

import pytest

from brokers.words import Symbol
from strategies.plan import make_plan
from strategies.policy import TaxKind
from strategies.snapshot import Snapshot
from strategies.washes.home import Unseen
from tests.strategies.test_windows import D, moves, said, seen, wants

TEXT = "2024-01-05 main buys 100 BND at 80 as B"


def shot(*unseen: Unseen) -> Snapshot:
    found = seen(TEXT, "VTI 80, VXUS 50, BND 80", cash=20_000)
    assert found.home is not None
    return replace(found, home=replace(found.home, unseen=unseen))


@pytest.mark.parametrize("kind", [TaxKind.TAXABLE, TaxKind.TRADITIONAL])
def test_what_it_held_is_not_bought_and_the_rest_is(kind: TaxKind) -> None:
    hers = Unseen("hers", "hers was last looked at on 2026-11-01", frozenset({"VTI"}))
    plan = make_plan(shot(hers), wants("VTI 40", "VXUS 20", "BND 40", kind=kind))
    assert "VTI" not in moves(plan)
    assert moves(plan)[Symbol("VXUS")] > 0
    assert (
        "VTI is not bought: hers may have sold some at a loss: hers was last looked at on"
        in said(plan)
    )


def test_where_anything_may_have_been_sold_one_line_says_so() -> None:
    plan = make_plan(shot(Unseen("", "a file is missing")), wants("VTI 40", "VXUS 20", "BND 40"))
    assert not plan.legs
    (line,) = [each for each in plan.warnings if "not bought" in each]
    assert line == (
        "VTI, VXUS, BND are not bought: an account held elsewhere may have sold some at a loss: a"
        " file is missing"
    )


def test_its_own_account_and_who_lets_losses_move_buy_all_the_same() -> None:
    policy = wants("VTI 40", "VXUS 20", "BND 40")
    assert moves(make_plan(shot(Unseen("main", "it is new")), policy))["VTI"] > 0
    hers = Unseen("hers", "it is new", None)
    lets = wants("VTI 40", "VXUS 20", "BND 40", may_defer=True)
    assert moves(make_plan(shot(hers), lets))["VTI"] > D(0)
    roth = wants("VTI 40", "VXUS 20", "BND 40", may_defer=True, kind=TaxKind.ROTH)
    assert "VTI" not in moves(make_plan(shot(hers), roth))
