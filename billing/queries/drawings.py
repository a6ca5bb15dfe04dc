"""What documents were drawn with, and the hashes of their first drawings."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import Drawing, KeptLogo


@cache
def stored_logo() -> Select[str]:
    """Finds out whether the logo of that `digest` is stored, without reading it."""
    return select(KeptLogo.digest).where(KeptLogo.digest == bindparam("digest"))


@cache
def first_drawings() -> Select[Drawing]:
    """Those of the documents `ids` in that `language`."""
    return select(Drawing).where(
        Drawing.workspace_id == bindparam("workspace_id"),
        Drawing.document_id.in_(bindparam("ids", expanding=True)),
        Drawing.language == bindparam("language"),
    )
