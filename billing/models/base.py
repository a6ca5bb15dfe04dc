"""What all rows share: names of constraints, column types, ids."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator
from ulid import ULID

from billing.values.addresses import BillingAddress
from billing.values.companies import Company

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Nothing is NULL, not the JSON value null, which takes nine bytes.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# SQLite counts up by itself only in a column of type INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
Id = String(40)
# Of a ULID's 26 digits the first ten are its millisecond.
RANDOM_DIGITS = 16


def new_id(prefix: str) -> str:
    """A new id that sorts by the time of its making and says what it is: `sub_01J...`."""
    return f"{prefix}_{ULID()}"


def lasting_id(prefix: str, at: datetime, subject: str) -> str:
    """The id in the same form that a thing has in every copy of the books: it is of that moment, and of `subject`."""
    milliseconds = int(at.timestamp() * 1000).to_bytes(6, "big")
    return f"{prefix}_{ULID.from_bytes(milliseconds + sha256(subject.encode()).digest()[:10])}"


def batch_id_prefix(prefix: str) -> str:
    """What the ids of rows that are made together begin with; eight hexadecimal digits are to come, which count them.

    The library counts up within a millisecond, in the very digits that are to come: these are drawn anew each time.
    """
    return f"{new_id(prefix)[:-RANDOM_DIGITS]}{token_hex(4).upper()}"


def new_ids(prefix: str, count: int) -> list[str]:
    """Ids in the form of `new_id` for so many rows that are made together."""
    begins = batch_id_prefix(prefix)
    return [f"{begins}{number:08X}" for number in range(count)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it without its zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


E = TypeVar("E", bound=StrEnum)


class EnumText(TypeDecorator[E]):
    """An enumeration, kept as its word."""

    impl = String(20)
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> E | None:
        return None if value is None else self.words(value)


class CompanyDetails(TypeDecorator[Company]):
    """The details of a company, kept whole like an address."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: Company | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.as_dict()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Company | None:
        return None if value is None else Company(**value)


class Address(TypeDecorator[BillingAddress]):
    """A billing address, kept whole: it is replaced, never edited in place."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: BillingAddress | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.as_dict()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> BillingAddress | None:
        return None if value is None else BillingAddress(**value)
