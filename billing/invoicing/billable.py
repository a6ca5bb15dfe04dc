"""Billable: whether invoices to a buyer could be issued, asked before anything is kept that they rely on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Drafter
from billing.values.cycles import Interval
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument
from billing.values.exchange_rates import EURO
from billing.values.fatturapa import refuse_unless_sendable
from billing.values.tax import Treatment, groups
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


def refuse_unbillable(
    session: Session, drafter: Drafter, workspace_id: str, buyer: Buyer, at: datetime
) -> None:
    """What every form asks before it keeps details of a buyer: the same that is asked before anything is issued.

    An invoice of one day is checked, so that what is wrong is the buyer's. Who has no address yet is asked for that
    before the next charge. Raises what `rely_on_number` raises, InvoiceIncomplete, and NotSendable.
    """
    treatment = rely_on_number(session, drafter, workspace_id, buyer, at)
    if not buyer.address:
        return
    line = DocumentLine(
        add_on="-",
        plan="-",
        interval=Interval.MONTH,
        first_day=drafter.on,
        last_day=drafter.on,
        quantity=1,
        unit_minor=100,
        net_minor=100,
        tax_rate=treatment.rate,
        tax_note=treatment.note,
    )
    document = InvoiceDocument(
        number="",
        issued_on=drafter.on,
        currency=EURO,
        property_name="-",
        seller=drafter.seller,
        buyer=buyer,
        lines=(line,),
        taxes=groups([(treatment, line.net_minor)]),
        charged_to="",
    )
    document.refuse_if_incomplete(numbered=False)
    refuse_unless_sendable(document)
