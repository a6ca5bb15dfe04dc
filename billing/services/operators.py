"""What people of the seller's do in Slack for a customer, in whatever workspace.

Each takes the desk that is kept to no workspace, and the operator, whom the bot has let in. Whatever is done is done
by the services that everybody uses, and stands in the customer's audit log with the operator's id.
"""

from __future__ import annotations

from billing.models import Invoice, Property, Workspace
from billing.queries.operators import customers_found, customers_invoiced
from billing.services.properties import bought_of
from billing.values.actors import VIA_OPERATOR, Actor, Role
from billing.values.refusals import NotFound
from billing.values.snapshots import MOST_FOUND, Customer, CustomerPage, PurchasesPage
from billing.work import Billing, Work


def find(billing: Billing, _: Actor, words: str) -> tuple[Customer, ...]:
    """At most `MOST_FOUND` and one more: by the number or id of an invoice, or by a property or workspace.

    Nobody is found by a person's name or address.
    """
    with billing.read("operator.find") as work:
        named = {"words": words, "size": MOST_FOUND + 1}
        invoiced = work.session.execute(customers_invoiced(), named).all()
        if invoiced:
            return tuple(_customer(prop, workspace, invoice) for prop, workspace, invoice in invoiced)
        rows = work.session.execute(customers_found(), named | {"pattern": _pattern(words)})
        return tuple(_customer(prop, workspace) for prop, workspace in rows)


def look(billing: Billing, operator: Actor, workspace_id: str, property_id: str) -> CustomerPage:
    """The page of the property as its admins see it; that it was looked at stands in its audit log.

    Raises NotFound.
    """
    with billing.work("operator.look") as work:
        prop = work.session.get(Property, (workspace_id, property_id))
        if prop is None:
            raise NotFound("property")
        work.actor, work.property_id = at_customer(operator, workspace_id), prop.id
        work.record("operator.look", prop.id)
        workspace = work.session.get_one(Workspace, workspace_id)
        return CustomerPage(_customer(prop, workspace.name), _page(work, prop))


def at_customer(operator: Actor, workspace_id: str) -> Actor:
    """The operator at the desk of that customer's workspace."""
    return Actor(workspace_id, operator.user_id, VIA_OPERATOR)


def _page(work: Work, prop: Property) -> PurchasesPage:
    bought = bought_of(work, (prop.workspace_id, prop.id), prop.currency)
    shown = prop.snapshot(Role.ADMIN)
    return PurchasesPage(
        property=shown,
        choices=(shown,),
        running=bought.running,
        ended=bought.ended,
        invoices=bought.invoices,
        unpaid=bought.unpaid,
        credit=bought.credit,
        now=work.now,
        address=prop.address,
        company=prop.company,
    )


def _customer(prop: Property, workspace: str, invoice: Invoice | None = None) -> Customer:
    return Customer(
        prop.workspace_id,
        workspace,
        prop.id,
        prop.name,
        prop.deleted_at is not None,
        invoice.id if invoice else "",
        invoice.number if invoice else "",
    )


def _pattern(words: str) -> str:
    """What holds the words, whatever stands around them."""
    escaped = words.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return f"%{escaped}%"
