"""The household as a linear program: what is kept and what is bought, account by account.

Of a lot that is held now the value kept is a variable of its own, since selling it costs tax and
keeping it carries its gain on; of every asset that an account may hold so is what is bought. With
V the value of an account, k the value kept of a lot, t its tax a dollar, b what is bought, v what
a dollar in the account counts in the mix and w the mix:

    each account          sum b + sum (1 - t) k = V - sum t (value of the lot)
    each asset            sum v (b + k) of it = w sum v (b + k) of all
    gains at most G       sum (gain of the lot) (1 - k / value) <= G
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from brokers.words import ZERO
from strategies.location.growth import Factors, factors
from strategies.location.nouns import ONE, Account, Asset, Home, Position
from strategies.location.program import Program, Row
from strategies.policy import TaxKind


@dataclass(frozen=True, slots=True)
class Cell:
    """A variable: dollars of ``asset`` in ``account``, kept of ``position`` or, without, bought.

    ``worth`` is what a dollar of it becomes by the horizon, ``tax`` what selling one costs now.
    """

    account: Account
    asset: Asset
    position: Position | None
    most: Decimal
    worth: Decimal
    tax: Decimal = ZERO

    @property
    def held(self) -> Decimal:
        """Its dollars today."""
        return ZERO if self.position is None else self.position.value

    @property
    def gain(self) -> Decimal:
        """Gain a dollar of it that a sale realises; a loss counts as nothing."""
        if self.position is None or not self.position.value:
            return ZERO
        return max(ZERO, self.position.gain) / self.position.value


def cells(home: Home) -> tuple[Cell, ...]:
    """Every variable there is."""
    return tuple(cell for account in home.accounts for cell in _of_account(home, account))


def _of_account(home: Home, account: Account) -> Iterator[Cell]:
    is_taxed = account.kind is TaxKind.TAXABLE
    for asset in home.assets:
        grown = factors(asset, account.kind, home.payer)
        lots = [one for one in account.positions if one.symbol == asset.symbol and one.value > 0]
        for position in lots if is_taxed else ():
            yield _kept(home, account, asset, position, grown)
        if account.may_hold(asset.symbol):
            yield Cell(account, asset, None, account.value, grown.money)


def _kept(home: Home, account: Account, asset: Asset, position: Position, grown: Factors) -> Cell:
    share = position.gain / position.value
    tax = position.tax(home.payer.rates) / position.value
    return Cell(account, asset, position, position.value, grown.of(ONE, share), tax)


def program(home: Home, variables: tuple[Cell, ...], *, separate: bool = False) -> Program:
    """All rows; ``separate`` makes every account hold the mix by itself."""
    rows = [*_accounts(home, variables)]
    rows += _mix_of_each(home, variables) if separate else _mix(home, variables)
    if home.gains_max is not None:
        rows.append(_gains(variables, home.gains_max))
    return Program(
        tuple(cell.worth for cell in variables), tuple(cell.most for cell in variables), tuple(rows)
    )


def _accounts(home: Home, variables: tuple[Cell, ...]) -> Iterator[Row]:
    for account in home.accounts:
        own = {n: cell for n, cell in enumerate(variables) if cell.account is account}
        taxed = sum((cell.tax * cell.held for cell in own.values()), ZERO)
        yield Row({n: ONE - cell.tax for n, cell in own.items()}, account.value - taxed)


def shares(home: Home) -> dict[str, Decimal]:
    """The mix, adding up to one."""
    total = sum((asset.weight for asset in home.assets), ZERO)
    return {asset.symbol: asset.weight / total for asset in home.assets}


def _mix(home: Home, variables: tuple[Cell, ...]) -> Iterator[Row]:
    for symbol, share in shares(home).items():
        parts = {
            n: home.counts(cell.account) * ((ONE if cell.asset.symbol == symbol else ZERO) - share)
            for n, cell in enumerate(variables)
        }
        yield Row(parts, ZERO)


def _mix_of_each(home: Home, variables: tuple[Cell, ...]) -> Iterator[Row]:
    for account in home.accounts:
        for symbol, share in shares(home).items():
            parts = {
                n: (ONE if cell.asset.symbol == symbol else ZERO) - share
                for n, cell in enumerate(variables)
                if cell.account is account
            }
            yield Row(parts, ZERO)


def _gains(variables: tuple[Cell, ...], most: Decimal) -> Row:
    every = sum((cell.gain * cell.held for cell in variables), ZERO)
    parts = {n: -cell.gain for n, cell in enumerate(variables) if cell.gain}
    return Row(parts, most - every, is_equal=False)
