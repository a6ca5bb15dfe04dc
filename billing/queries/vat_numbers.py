"""VAT numbers: which VIES is to be asked about, and which subscriptions stand on each."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select

from billing.models import Property, Subscription, VatConsultation, VatNumber
from billing.models.states import LIVING

N, S = VatNumber, Subscription
OF_COMPANY = S.company["vat_number"].as_string()


@cache
def due() -> Select[*tuple[Any, ...]]:
    """The keys of the first `size` to be asked about at `now`."""
    key = (N.workspace_id, N.number)
    return (
        select(*key)
        .where(N.poll_at.is_not(None), N.poll_at <= bindparam("now"))
        .order_by(N.poll_at, *key)
        .limit(bindparam("size"))
    )


@cache
def workspaces_with() -> Select[str]:
    """Those in which `number` is noted."""
    return select(N.workspace_id).where(N.number == bindparam("number")).order_by(N.workspace_id)


@cache
def listed() -> Select[VatNumber, VatConsultation]:
    """All, with the last answer about each; those that are valid come last."""
    last = (
        select(VatConsultation.id)
        .where(VatConsultation.workspace_id == N.workspace_id, VatConsultation.number == N.number)
        .order_by(VatConsultation.asked_at.desc(), VatConsultation.id.desc())
        .limit(1)
        .correlate(N)
        .scalar_subquery()
    )
    answer = (VatConsultation.workspace_id == N.workspace_id) & (VatConsultation.id == last)
    return (
        select(N, VatConsultation)
        .outerjoin(VatConsultation, answer)
        .order_by(N.state == "valid", N.workspace_id, N.number)
    )


@cache
def used_by() -> Select[*tuple[Any, ...]]:
    """The properties with living subscriptions that `number` stands on, and when each renews for the first time."""
    return (
        select(Property, func.min(S.period_end_at).label("renews_at"))
        .join(S, (S.workspace_id == Property.workspace_id) & (S.property_id == Property.id))
        .where(
            S.workspace_id == bindparam("workspace_id"),
            S.status.in_(LIVING),
            bindparam("number") == OF_COMPANY,
        )
        .group_by(Property.workspace_id, Property.id)
        .order_by(Property.id)
    )


@cache
def unknown() -> Select[str, str]:
    """The key of one living subscription for each number of those `states` that stands in no row yet.

    It was imported, or bought before anybody asked.
    """
    first = (
        select(func.min(S.id))
        .where(
            S.status.in_(LIVING),
            S.company.is_not(None),
            func.substr(OF_COMPANY, 1, 2).in_(bindparam("states", expanding=True)),
            ~exists().where(N.workspace_id == S.workspace_id, N.number == OF_COMPANY),
        )
        .group_by(S.workspace_id, OF_COMPANY)
    )
    return select(S.workspace_id, S.id).where(S.id.in_(first))
