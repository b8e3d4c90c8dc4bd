"""The kinds of value that the tables are made of, by the names that the owner of money uses."""

from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from bot.config.secret_names import NAME
from bot.config.settings import AtSession, Every
from bot.config.values import Flag, Interval, Is, Moment, Number, OneOf, Text, Whole, as_list

WEIGHT_UNIT = "weight: share of net asset value, 0.05 is 5 %"
SHARE_UNIT = "share, 0.05 is 5 %"
AMOUNT_UNIT = "base currency of the account"
AMOUNT_MAX = "1000000000000"


def words(choice: type[StrEnum]) -> dict[str, Enum | None]:
    """Each member by the word that stands for it in the file, in lower case."""
    return {member.value.lower(): member for member in choice}


Weight = Annotated[Decimal, Is(Number("0", "1", WEIGHT_UNIT))]
WeightOrOff = Annotated[Decimal | None, Is(Number("0", "1", WEIGHT_UNIT, off=True))]
TargetWeight = Annotated[
    Decimal,
    Is(Number("0", "1", WEIGHT_UNIT, hint='a symbol with a dot needs quotes: "BRK.B" = 0.05')),
]
Share = Annotated[Decimal, Is(Number("0", "1", SHARE_UNIT))]
ShareOrOff = Annotated[Decimal | None, Is(Number("0", "1", SHARE_UNIT, off=True))]
Amount = Annotated[Decimal, Is(Number("0", AMOUNT_MAX, AMOUNT_UNIT))]
AmountOrOff = Annotated[Decimal | None, Is(Number("0", AMOUNT_MAX, AMOUNT_UNIT, off=True))]
PerShare = Annotated[Decimal, Is(Number("0", "100", "base currency per share"))]
Yes = Annotated[bool, Is(Flag())]
Times = Annotated[list[Annotated[AtSession, Is(Moment())]], BeforeValidator(as_list)]
Repeat = Annotated[Every, Is(Interval())]

SYMBOL = r"[A-Z0-9.-]{1,12}"
SymbolText = Annotated[
    str, Is(Text(SYMBOL, "a symbol: 1 to 12 capital letters, digits, dots or dashes", "symbol"))
]
Symbols = Annotated[list[SymbolText], BeforeValidator(as_list)]
ACCOUNT = r"[a-z0-9-]{1,20}"
AccountName = Annotated[
    str, Is(Text(ACCOUNT, "an account name: 1 to 20 lower-case letters, digits or dashes"))
]
CurrencyCode = Annotated[
    str, Is(Text(r"[A-Z]{3}", 'a currency of three capital letters (ISO 4217), like "USD"'))
]
Mic = Annotated[
    str, Is(Text(r"[A-Z0-9]{4}", 'an exchange of four letters (ISO 10383), like "XNYS"'))
]
FilePath = Annotated[
    str,
    Is(
        Text(
            r"(?!~)[^\x00-\x1f\x7f]{1,1000}",
            'a path, written whole ("~" is not expanded) or relative to the config file',
            "path",
        )
    ),
]
BookPlace = Annotated[
    str,
    Is(
        Text(
            r"(?!~)(?![A-Za-z+0-9]+:/)[^\x00-\x1f\x7f]{1,1000}"
            r"|postgresql(?:\+psycopg)?://[^\s\x00-\x1f\x7f]{1,1000}",
            'a path ("~" is not expanded) or a URL that starts with postgresql://',
            "path or URL",
            secret=True,
        )
    ),
]
HostName = Annotated[
    str, Is(Text(r"[A-Za-z0-9.:_-]{1,253}", 'a host name or an address, like "smtp.example.org"'))
]
Port = Annotated[int, Is(Whole(1, 65535, "TCP port"))]
UserName = Annotated[str, Is(Text(r"[^\x00-\x1f\x7f]{1,254}", "one line of text"))]
MailAddress = Annotated[
    str,
    Is(
        Text(
            r"[^\s@<>,;\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,253}", "an address like me@example.org"
        )
    ),
]
MailAddresses = Annotated[list[MailAddress], BeforeValidator(as_list)]
SecretReference = Annotated[
    str,
    Is(
        Text(
            rf"secret:{NAME}",
            'a reference like "secret:ntfy"; the URL itself is a secret and goes into '
            "TRIMTAB_SECRET_NTFY or the secrets file",
            "name of a secret",
            secret=True,
        )
    ),
]
SecretReferences = Annotated[list[SecretReference], BeforeValidator(as_list)]
KeysName = Annotated[
    str, Is(Text(r"[a-z][a-z0-9_]{0,28}", "a name of lower-case letters, digits and _", "name"))
]
Address = Annotated[
    str,
    Is(
        Text(
            r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/v2)?/?",
            'an address like "https://paper-api.alpaca.markets"',
        )
    ),
]
WebAddress = Annotated[
    str,
    Is(Text(r"https?://[A-Za-z0-9.:\[\]/-]{1,300}", 'an address like "https://example.org/path"')),
]
BrokerAccount = Annotated[
    str, Is(Text(r"[A-Za-z0-9-]{1,32}", "the account number that the broker states, in quotes"))
]
Listing = Annotated[
    str,
    Is(
        Text(
            r"[A-Z0-9.]{1,12}( [A-Z]{3})?",
            "an exchange as Interactive Brokers writes it, and a currency where it differs, like "
            '"NYSE" or "IBIS EUR"',
        )
    ),
]
Tape = Annotated[
    str,
    Is(
        Text(
            r"us20|synthetic:[1-9][0-9]{0,4}|account:[a-z0-9-]{1,20}",
            '"us20", "synthetic:" and a number of names, or "account:" and another account',
        )
    ),
]


def one_of(choice: type[StrEnum], later: tuple[str, ...] = ()) -> Is:
    """The kind that takes one word of ``choice``; those of ``later`` are refused kindly."""
    return Is(OneOf(words(choice), later))
