"""The catalogue as it is in force: its version, its add-ons and its plans."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, func, select

from billing.models import AddOn, CatalogueVersion, Plan


@cache
def newest_version() -> Select[int]:
    return select(func.coalesce(func.max(CatalogueVersion.version), 0))


@cache
def add_ons() -> Select[AddOn]:
    return select(AddOn)


@cache
def plans() -> Select[Plan]:
    return select(Plan)
