"""What the API answers, as its description has it; the values are made in `billing/models/resources.py`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from billing.values.contacts import ContactKind
from billing.values.facts import FactType
from billing.values.webhooks import DeliveryStatus

T = TypeVar("T")


class Amount(BaseModel):
    """An amount in minor units of its currency (ISO 4217): 1250 EUR is €12.50."""

    minor: int
    currency: str


class Entitlement(BaseModel):
    """What a property may use. Serve `active` and `grace`; `until` is the decided end, null while it goes on."""

    workspace: str
    property: str
    subscription: str
    add_on: str
    plan: str
    quantity: int
    quota: int | None = Field(
        description="What the catalogue gives for one unit of the plan; null for no limit"
    )
    state: Literal["active", "grace", "ended"]
    until: datetime | None
    version: int


class Entitlements(BaseModel):
    data: list[Entitlement]


class Subscription(BaseModel):
    """A plan of an add-on, bought by a property. Cancelled, it is active until the end of its period."""

    id: str
    workspace: str
    property: str
    quantity: int
    status: Literal["trialing", "active", "past_due", "ended"]
    billing_admin: str
    purchased_at: datetime
    period_start_at: datetime
    period_end_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    ended_at: datetime | None
    version: int
    add_on: str
    plan: str
    interval: Literal["month", "year"]
    unit_price: Amount
    renews: bool


EInvoiceState = Literal[
    "ready", "exported", "sent", "left", "delivered", "attested", "lapsed", "accepted", "refused", "rejected"
]


class Invoice(BaseModel):
    """An issued invoice; its document is the PDF."""

    id: str
    workspace: str
    property: str
    subscription: str
    number: str
    issued_on: date
    total: Amount
    status: Literal["open", "paid", "failed", "uncollectible", "credited"]


class CreditNote(BaseModel):
    """An issued credit note: what it takes off its invoice, above zero; its document is the PDF."""

    id: str
    workspace: str
    property: str
    subscription: str
    invoice: str
    number: str
    issued_on: date
    total: Amount


class VatInEuro(BaseModel):
    """The VAT of a document in another currency, in euros, as it says it; a credit note's is above zero."""

    amount: Amount
    rate: str = Field(description="How much of the currency was given for a euro", examples=["1.0850"])
    day: date = Field(description="When the rate was published")
    source: str = Field(examples=["ECB"])


class ListedInvoice(Invoice):
    """An invoice as it is looked up, with where its e-invoice is, and its VAT in euros: nothing where it has none."""

    e_invoice: EInvoiceState | None
    vat_in_euro: VatInEuro | None


class ListedCreditNote(CreditNote):
    """The same of a credit note."""

    e_invoice: EInvoiceState | None
    vat_in_euro: VatInEuro | None


class Payment(BaseModel):
    """An amount that is collected once, however often that is tried."""

    id: str
    workspace: str
    property: str
    subscription: str
    invoice: str | None
    kind: Literal["purchase", "change", "restart", "renewal"]
    status: Literal["open", "paid", "failed", "uncollectible", "credited"]
    amount: Amount
    last_error: str | None
    created_at: datetime
    next_try_at: datetime | None = Field(
        description="When it is tried by itself; null where nothing is tried before the payer, a new card, or the "
        "gateway's answer"
    )
    decided_at: datetime | None


class Customer(BaseModel):
    """A customer is a property: the site or brand of a workspace that buys, with its own invoices and members."""

    id: str
    workspace: str
    property: str
    name: str
    time_zone: str
    country: str
    currency: str
    created_at: datetime
    deleted_at: datetime | None


class VatValidation(BaseModel):
    """What VIES said of the VAT number of the customer's billing profile, under which it buys without VAT."""

    number: str
    status: Literal["unverified", "valid", "invalid"]
    asked_at: datetime | None
    consultation: str | None = Field(description="VIES's proof of the question: its `requestIdentifier`")


class ListedCustomer(Customer):
    """A customer as it is looked up: nothing where no number needs VIES, or nobody has bought under it."""

    vat_validation: VatValidation | None


class Contact(BaseModel):
    """Who gets mail about a customer's billing: a member (`user`), or whoever reads mail at `address`."""

    id: str
    workspace: str
    property: str
    user: str | None
    address: str | None = Field(description="Of a member the one in Slack; null where there is none")
    kinds: list[ContactKind]
    confirmed: bool = Field(description="Before it is, nothing but the mail with the code is sent there")
    refused_code: int | None = Field(description="With it the mail server refused all mail for good")


class Contacts(BaseModel):
    data: list[Contact]


class Event(BaseModel):
    """A fact; `data` is the full state of its subject after it, in the form in which the API answers it."""

    id: str
    type: FactType
    timestamp: datetime
    workspace: str
    property: str | None
    subject: str
    version: int | None
    data: dict[str, Any]


class Usage(BaseModel):
    """What a property used of an add-on in the cycle that runs."""

    workspace: str
    property: str
    subscription: str
    add_on: str
    plan: str
    period_start_at: datetime
    period_end_at: datetime
    used: int
    allowance: int | None = Field(
        description="The quota of the plan for all that was bought of it; null for no limit"
    )
    left: int | None


class UsageList(BaseModel):
    data: list[Usage]


class WebhookEndpoint(BaseModel):
    """An address that is told events: those of `types`, or all. From `off_since` on it is told none."""

    id: str
    url: str
    types: list[FactType]
    created_at: datetime
    former_secret_until: datetime | None
    failing_since: datetime | None
    off_since: datetime | None
    last_error: str | None


class WebhookEndpointWithSecret(WebhookEndpoint):
    secret: str = Field(description="Shown this once; webhooks are signed by it", examples=["whsec_..."])


class WebhookEndpoints(BaseModel):
    data: list[WebhookEndpoint]


class WebhookDelivery(BaseModel):
    """An event on its way to an endpoint. `http_status` and `error` are those of the last try."""

    event: str
    type: FactType
    subject: str
    status: DeliveryStatus
    tries: int
    http_status: int | None
    error: str | None
    queued_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the following one, null on the last."""

    data: list[T]
    next: str | None


class Feed(BaseModel):
    """Events in order; ask on with `next` as `after`, whether or not there were any."""

    data: list[Event]
    next: str | None
