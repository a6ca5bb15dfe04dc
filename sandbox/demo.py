"""The demo's people and what their properties have bought, brought about by the services themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from billing import Actor, Billing
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.adapters.gateways.stripe_units import in_their_units
from billing.bootstrap import with_clock
from billing.i18n import language_of
from billing.services import (
    addresses,
    agenda,
    catalogue,
    contacts,
    due_work,
    members,
    payment_methods,
    properties,
    purchases,
    subscriptions,
    verify,
)
from billing.settings import BillingSettings
from billing.values.actors import Role
from billing.values.addresses import BillingAddress
from billing.values.channels import OperatorChannel
from billing.values.companies import Company
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.snapshots import CardSnapshot, PropertySnapshot
from bot.settings import Support
from sandbox.gateway.server import PretendStripe
from sandbox.people import Channel, Team, User

CATALOGUE = Path(__file__).with_name("catalogue.toml")
TEAM = Team(name="Esempio S.r.l.", domain="esempio")
# Another customer's workspace, in which nobody has installed the app yet.
NEIGHBOUR = Team("T0NEIGHBOR1", "Rossi S.p.A.", "rossi", "it-IT")
# And an organisation of two, which installs it in both at once or in one of them.
GRID = (
    Team("T0GRIDHOTEL", "Monti Hotels", "monti-hotels", "it-IT", enterprise_id="E0MONTI0001"),
    Team("T0GRIDSHOPS", "Monti Shops", "monti-shops", "en-GB", enterprise_id="E0MONTI0001"),
)
BILLING_CHANNEL = "C0BILLING01"
SUPPORT = Support(
    channel="C0SUPPORT01",
    chat_url="https://support.example/chat",
    call_url="https://support.example/call",
    community_url="https://support.example/community",
)
# The seller's own people work in the same workspace.
OPERATOR_CHANNEL = OperatorChannel(TEAM.id, SUPPORT.channel)


EMMA = User(
    "U0EMMA00001",
    "emma",
    "Emma Clarke",
    title="Owner of Piazza and Bottega",
    email="emma@esempio.example",
    locale="en-GB",
    is_owner=True,
)
GIULIA = User(
    "U0GIULIA001",
    "giulia",
    "Giulia Rossi",
    title="Admin of Piazza",
    email="giulia@esempio.example",
    locale="it-IT",
)
ANNA = User(
    "U0ANNA00001",
    "anna",
    "Anna Keller",
    title="Accountant of Piazza",
    email="anna@esempio.example",
    locale="en-US",
)
LUCA = User(
    "U0LUCA00001",
    "luca",
    "Luca Verdi",
    title="Agent of Piazza",
    email="luca@esempio.example",
    locale="it-IT",
)
PEOPLE = (EMMA, GIULIA, ANNA, LUCA)


@dataclass(frozen=True)
class OperatorSettings:
    """The bot's settings for who works for the seller, in the demo's workspace."""

    ids: str
    approval_above: str = ""


OPERATORS = OperatorSettings(EMMA.id)
# What the demo's people have written themselves, for those who read Italian.
TRANSLATIONS = {
    "it": {
        "Owner of Piazza and Bottega": "Proprietaria di Piazza e Bottega",
        "Admin of Piazza": "Amministratrice di Piazza",
        "Accountant of Piazza": "Contabile di Piazza",
        "Agent of Piazza": "Agente di Piazza",
        "Everything and everybody": "Tutto e tutti",
        "Plans, invoices, receipts": "Piani, fatture, ricevute",
        "What people ask": "Che cosa ci chiedono",
    }
}
HEADQUARTERS = BillingAddress("Esempio S.r.l.", "Via Roma 1", "Milano", "IT", "20121", "MI")
SHOP = BillingAddress(
    "Bottega di Esempio S.r.l.", "Corso Vittorio Emanuele II 12", "Torino", "IT", "10123", "TO"
)
COMPANIES = {
    HEADQUARTERS.name: Company(vat_number="IT01114601006"),
    SHOP.name: Company(vat_number="IT02114601004"),
}
VISA = CardSnapshot("Visa", "4242", 12, 2028)
TOKENS = {"4242": "pm_card_visa", "4444": "pm_card_mastercard"}
MASTERCARD = CardSnapshot("Mastercard", "4444", 3, 2029)
STUDIO = "studio@commercialista.example"


def settings(database_url: str) -> BillingSettings:
    """The demo's seller, on that database, and nothing of what the environment or `.env` has for a real desk."""
    usual = {name: field.get_default() for name, field in BillingSettings.model_fields.items()}
    of_demo = {
        "database_url": database_url,
        "seller_name": "Venditore S.p.A.",
        "seller_address": "Via dei Mille 10; 10123 Torino (TO)",
        "seller_email": "fatture@venditore.example",
    }
    return BillingSettings(**usual | of_demo)


def with_e_invoices(billing: Billing) -> Billing:
    """The same desk whose seller sends e-invoices by certified mail."""
    seller = replace(
        billing.issuer.seller,
        street="Via dei Mille 10",
        postal_code="10123",
        city="Torino",
        region="TO",
        e_invoices="pec",
    )
    return replace(billing, issuer=replace(billing.issuer, seller=seller))


def channels(bot_user_id: str) -> tuple[Channel, ...]:
    """The channels of the workspace; the app is in those of billing and of the support."""
    everybody = [person.id for person in PEOPLE]
    return (
        Channel("C0GENERAL01", "general", topic="Everything and everybody", members=everybody),
        Channel(
            BILLING_CHANNEL, "billing", topic="Plans, invoices, receipts", members=[*everybody, bot_user_id]
        ),
        Channel(
            SUPPORT.channel,
            "support",
            topic="What people ask",
            members=[EMMA.id, bot_user_id],
            is_private=True,
        ),
    )


@dataclass
class History:
    """A clock of its own, so that months of cycles have passed before the demo begins."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Past:
    """The demo's desk in former times."""

    billing: Billing
    clock: History
    # Whether the buyers gave their VAT numbers, which e-invoices need.
    companies: bool = False

    def turn_to(self, moment: datetime) -> None:
        """Lets time pass; what falls due on the way is done on its own date."""
        while (due := agenda.next_due(self.billing, TEAM.id)) and due <= moment:
            self.clock.now = due
            due_work.run_due(self.billing)
        self.clock.now = moment

    def property_of(self, owner: Actor, name: str) -> PropertySnapshot:
        return properties.create(self.billing, owner, name, "Europe/Rome", "IT", is_workspace_owner=True)

    def buy(
        self,
        buyer: Actor,
        shop: PropertySnapshot,
        what: str,
        address: BillingAddress | None,
        card: CardSnapshot,
    ) -> str:
        """Buys `add-on/plan/interval` for the property, paid by that card; answers the subscription's id."""
        add_on, plan, interval = what.split("/")
        company = COMPANIES[(address or HEADQUARTERS).name] if self.companies else None
        method = payment_methods.keep(self.billing, buyer, shop.id, TOKENS[card.last_four], card)
        order = purchases.Order(
            shop.id,
            add_on,
            plan,
            Interval(interval),
            method,
            address,
            company=company,
            receipts_to="emma@esempio.example",
        )
        return purchases.purchase(self.billing, buyer, order, key=what).subscription.id


def seed_demo(billing: Billing, now: datetime, *, language: str = "en", companies: bool = False) -> None:
    """Fills an empty database with the demo's workspace as it stands at that moment; buyers may be companies."""
    clock = History(now - timedelta(days=160))
    past = Past(with_clock(billing, clock), clock, companies)
    catalogue.apply(past.billing, CATALOGUE)
    properties.register_workspace(past.billing, TEAM.id, TEAM.name, language_of(language))
    for person in PEOPLE:
        known = Actor(TEAM.id, person.id, "demo")
        members.meet(past.billing, known, person.real_name, person.email, language_of(person.locale))
    emma = Actor(TEAM.id, EMMA.id, "demo")
    piazza, bottega = past.property_of(emma, "Piazza"), past.property_of(emma, "Bottega")
    for person, role in ((GIULIA, Role.ADMIN), (ANNA, Role.ACCOUNTANT), (LUCA, Role.AGENT)):
        members.set_role(past.billing, emma, piazza.id, person.id, role)
    _replay_history(past, emma, piazza, bottega, now)
    properties.choose(past.billing, emma, piazza.id)
    for shop in (piazza, bottega):
        properties.announce_in(past.billing, emma, shop.id, BILLING_CHANNEL)
    verify.remember(past.billing)


def hand_over(past: SandboxGateway, to: PretendStripe) -> None:
    """Lets the pretend Stripe know what the history collected before it stood there: it can be refunded."""
    for paid in past.collected_since(datetime.min.replace(tzinfo=UTC)):
        amount, currency = in_their_units(paid.collected), paid.collected.currency.lower()
        to.rules.take_over(paid.id, amount, currency, {"payment": paid.payment_key})


def add_contacts(billing: Billing) -> None:
    """Who gets mail about Piazza besides: its accountant, and a studio whose mail with the code waits to be sent."""
    emma, mailing = Actor(TEAM.id, EMMA.id, "demo"), replace(billing, mails=True)
    piazza = contacts.listed(mailing, emma).property.id
    contacts.add(mailing, emma, piazza, ANNA.id, "", tuple(ContactKind))
    contacts.add(mailing, emma, piazza, "", STUDIO, (ContactKind.RECEIPTS, ContactKind.PAYMENT_PROBLEMS))


def _replay_history(
    past: Past, emma: Actor, piazza: PropertySnapshot, bottega: PropertySnapshot, now: datetime
) -> None:
    """What was bought and cancelled, and when."""
    giulia = Actor(TEAM.id, GIULIA.id, "demo")
    video = past.buy(emma, piazza, "video-voice/standard/month", HEADQUARTERS, VISA)
    past.turn_to(now - timedelta(days=130))
    past.buy(emma, piazza, "ai-assist/growth/month", HEADQUARTERS, VISA)
    past.turn_to(now - timedelta(days=100))
    past.buy(emma, bottega, "ai-assist/business/year", SHOP, MASTERCARD)
    subscriptions.cancel(past.billing, emma, video, "not_used")
    past.turn_to(now - timedelta(days=48))
    branding = past.buy(giulia, piazza, "remove-branding/standard/month", None, VISA)
    seen = subscriptions.look_at(past.billing, giulia, branding)
    addresses.change(past.billing, giulia, branding, HEADQUARTERS, seen.version)
    past.turn_to(now)
