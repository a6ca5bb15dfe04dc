"""VIES is asked before a form is done that says to whom invoices without VAT are."""

from __future__ import annotations

from uuid import uuid4

from billing.services import vies
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.vies import VatState
from bot.blocks import Block
from bot.context import Turn
from bot.views import vat_numbers as views


async def asked(
    turn: Turn, property_id: str, address: BillingAddress | None, company: Company | None
) -> list[Block] | None:
    """Asks VIES about the VAT number of a submitted form, where it must be; what is to be said of it with the answer.

    None where it is invalid: then the form is shown again, and says so. Slack is answered before VIES is asked, and a
    VIES that is silent refuses nothing.
    """
    if turn.desk.billing.vies is None or address is None:
        return []
    number = await turn.call(vies.number_to_ask, property_id, address, company)
    if number is None:
        return []
    name = f"{views.WAITS}{uuid4().hex}"
    await turn.ack(response_action="update", view={**views.asking(number, turn.t), "external_id": name})
    turn.progress_view_id = name
    state = await turn.ask_bank(vies.ask, property_id, number)
    if state is VatState.INVALID:
        await turn.show(views.form_again(turn.view, number, turn.t))
        return None
    return [views.unverified(number, turn.t)] if state is VatState.UNVERIFIED else []
