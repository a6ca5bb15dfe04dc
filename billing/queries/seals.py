"""The chain of seals: what waits to be sealed, what was sealed, and the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, literal, select, true

from billing.models import (
    AuditEntry,
    CreditNote,
    Drawing,
    EuroTax,
    FinishedUpgrade,
    Invoice,
    Seal,
    SealedRow,
)

S = SealedRow


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A table that only grows: how its rows are noted, and which columns are sealed.

    With `since`, once the upgrade to that revision is finished: versions before it do not know the table.
    """

    model: Any
    row_id: Any
    part: ColumnElement[str]
    but: tuple[str, ...] = ()
    since: str = ""

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    @property
    def is_noted(self) -> ColumnElement[bool]:
        return exists().where(FinishedUpgrade.revision >= self.since) if self.since else true()


PART_OF_DRAWING = Drawing.language + case((Drawing.as_paid, " paid"), else_="")
# A document itself is in the hash that its row has of it. A column that came later is in no seal, since what was
# sealed before has none: what a PDF embeds is held by the hash of its drawing.
NOT_SEALED = ("document", "embeds")
KINDS = (
    Kind(Invoice, Invoice.id, literal(""), but=NOT_SEALED),
    Kind(CreditNote, CreditNote.id, literal(""), but=NOT_SEALED),
    Kind(AuditEntry, AuditEntry.id, literal("")),
    Kind(Drawing, Drawing.document_id, PART_OF_DRAWING),
    Kind(EuroTax, EuroTax.document_id, literal(""), since="0058"),
)


@cache
def waiting() -> Select[*tuple[Any, ...]]:
    """The oldest `size` rows that wait to be sealed, locked: who waits for them finds them sealed."""
    return _noted().where(S.seal.is_(None)).limit(bindparam("size")).with_for_update()


@cache
def anything_waiting() -> Select[int]:
    return select(S.number).where(S.seal.is_(None)).limit(1)


@cache
def rows_of_seals() -> Select[*tuple[Any, ...]]:
    """What the seals from `first` to `last` are made of, each in its order; the last column is its number."""
    of_them = _noted().add_columns(S.seal).where(S.seal.between(bindparam("first"), bindparam("last")))
    return of_them.order_by(None).order_by(S.seal, S.number)


def _noted() -> Select[*tuple[Any, ...]]:
    return select(S.number, S.kind, S.workspace_id, S.row_id, S.part, S.digest).order_by(S.number)


@cache
def contents(kind: Kind) -> Select[*tuple[Any, ...]]:
    """The columns of those rows of a kind that are noted under `numbers`, each after its number."""
    columns = (column for column in kind.model.__table__.columns if column.name not in kind.but)
    return (
        select(S.number.label("noted_as"), *columns)
        .join(kind.model, _is_of(kind))
        .where(S.kind == kind.name, S.number.in_(bindparam("numbers", expanding=True)))
    )


def _is_of(kind: Kind) -> ColumnElement[bool]:
    return and_(kind.model.workspace_id == S.workspace_id, kind.row_id == S.row_id, kind.part == S.part)


@cache
def newest_seal() -> Select[Seal]:
    return select(Seal).order_by(Seal.number.desc()).limit(1)


@cache
def next_seals() -> Select[Seal]:
    """The first `size` seals after the number `after`."""
    return select(Seal).where(Seal.number > bindparam("after")).order_by(Seal.number).limit(bindparam("size"))


@cache
def seal_numbered() -> Select[Seal]:
    return select(Seal).where(Seal.number == bindparam("number"))


@cache
def counts() -> Select[int, int]:
    """How many rows there are to note, and how many are noted: in one look, so that nothing comes between."""
    there = [
        select(func.count()).select_from(kind.model).where(kind.is_noted).scalar_subquery() for kind in KINDS
    ]
    noted = select(func.count()).select_from(S).scalar_subquery()
    return select(sum(there[1:], there[0]).label("there"), noted.label("noted"))


@cache
def unnoted(kind: Kind) -> Select[*tuple[Any, ...]]:
    """Workspace and id of the rows of a kind that nothing noted as they were written."""
    return (
        select(kind.model.workspace_id, kind.row_id)
        .outerjoin(S, (S.kind == kind.name) & _is_of(kind))
        .where(kind.is_noted, S.number.is_(None))
    )
