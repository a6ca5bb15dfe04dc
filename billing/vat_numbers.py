"""VAT numbers that a reverse charge stands on: noted with the act; VIES is asked once that is committed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from billing.locks import DRY_RUN
from billing.models import VatNumber
from billing.queries.in_sql import insert_once
from billing.values.refusals import VatNumberInvalid
from billing.values.tax_groups import TaxNote
from billing.values.vies import VatState


def rely_on(session: Session, workspace_id: str, number: str, note: TaxNote, at: datetime) -> None:
    """Notes that something is sold under that number, if it is under reverse charge; a fresh answer is good enough.

    Raises VatNumberInvalid where VIES said so. Nobody is asked here: an answer that is missing holds nothing up.
    """
    if note != "reverse_charge":
        return
    known = session.get(VatNumber, (workspace_id, number))
    if known is not None and known.state is VatState.INVALID:
        raise VatNumberInvalid(number)
    if session.info.get(DRY_RUN):
        return
    if known is None:
        note_number(session, workspace_id, number, at)
    elif known.state is VatState.VALID and not known.is_good(at):
        known.state, known.poll_at = VatState.UNVERIFIED, at


def note_number(session: Session, workspace_id: str, number: str, at: datetime) -> None:
    """A number that nobody has asked about: it is, as soon as the schedule runs."""
    row = {
        "workspace_id": workspace_id,
        "number": number,
        "state": VatState.UNVERIFIED,
        "consultation": "",
        "poll_at": at,
        "polls": 0,
        "trouble": "",
    }
    insert_once(session, VatNumber, row)
