"""Billable: whether invoices to a buyer could be issued, asked before anything is kept that they rely on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Drafter
from billing.values.documents import Buyer
from billing.values.tax import Treatment
from billing.vat_numbers import rely_on


def rely_on_number(
    session: Session, drafter: Drafter, workspace_id: str, buyer: Buyer, at: datetime
) -> Treatment:
    """The VAT that this buyer will be charged; a reverse charge is noted for VIES.

    Raises TaxCaseUnknown, and VatNumberInvalid where VIES said so.
    """
    treatment = drafter.treatment_of(buyer)
    rely_on(session, workspace_id, buyer.vat_number, treatment.note, at)
    return treatment
