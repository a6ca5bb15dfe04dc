"""Settings in, a ready Billing out: the only place, beside `proving`, that knows which adapters are used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import QueuePool

from billing import traces
from billing.adapters import database
from billing.adapters.clock import DatabaseClock
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.adapters.keyless import Keyless
from billing.i18n import Translator
from billing.invoicing.issuing import Issuer
from billing.ports import Cipher, Gateway, Mailer, Poster, Vies
from billing.queries.revisions import readable
from billing.services import mail_delivery, sdi_post
from billing.services.sdi_webhooks import SdiWebhooks
from billing.settings import BillingSettings
from billing.transports import EInvoiceTransport
from billing.values.documents import InvoiceDocument
from billing.values.errors import Unfit
from billing.values.exchange_rates import ExchangeRate
from billing.values.snapshots import ArchiveFile, Papers
from billing.work import Billing

if TYPE_CHECKING:  # heavy; who has no account there need not load it
    from billing.adapters.einvoices.invoicetronic import InvoicetronicTransport
    from billing.adapters.einvoices.pec import PecTransport
    from billing.adapters.gateways.stripe_subscriptions import StripeSubscriptions

# Longer than any statement of the desk takes, and short enough that work goes on while somebody could be told.
DATABASE_SILENCE_SECONDS = 60.0
LOCALES = Path(__file__).parent / "locales"


def real_time() -> datetime:
    """By the clock of this machine."""
    return datetime.now(UTC)


def make_billing(
    settings: BillingSettings,
    clock: Callable[[], datetime] | None = None,
    gateway: Gateway | None = None,
    silence_seconds: float | None = None,
) -> Billing:
    """The billing desk on the database of the settings. Its tables are made by `migrate`.

    Without a clock it lives by the database's, without a gateway it has that of the settings. A database that is
    silent for `silence_seconds` is left.
    """
    of_database = DatabaseClock(real_time)
    machine_clock, clock = clock or real_time, clock or of_database
    engine = database.connect(settings.database_url, silence_seconds, of_database)
    return Billing(
        engine=engine,
        clock=clock,
        machine_clock=machine_clock,
        issuer=Issuer(
            settings.seller,
            settings.taxes,
            settings.numbers,
            settings.credit_note_numbers,
            clock,
            write_e_invoice,
            settings.logo,
            settings.exchange_rates != "off",
        ),
        gateway=gateway or gateway_of(settings),
        retry_days=settings.retry_days,
        render=render,
        write_archive=write_archive,
        write_ubl=write_ubl,
        cipher=cipher_of(settings.keys),
        glance=database.glancing(engine, readable()),
        mails=bool(settings.smtp_url),
        operator_channel=settings.operators_read_in,
        vies=vies_of(settings),
        rate_source=rate_source_of(settings),
    )


def with_clock(billing: Billing, clock: Callable[[], datetime]) -> Billing:
    """The same desk living by that clock, and its documents dated by it."""
    return replace(billing, clock=clock, machine_clock=clock, issuer=replace(billing.issuer, clock=clock))


def database_fault(billing: Billing, *, migrated: bool = True) -> Unfit | None:
    """Why the database cannot be worked with, in one sentence; None where it can."""
    return database.fault_of(billing.engine, migrated=migrated)


def connections_in_use(billing: Billing) -> int:
    """How many of its connections to the database this process uses now."""
    pool = billing.engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def post_of(settings: BillingSettings, billing: Billing) -> Callable[[], int] | None:
    """Sends the mail that is due; None where no mail server is set."""
    if not settings.smtp_url:
        return None
    from billing.adapters.mail import SmtpMailer

    return posting(
        billing,
        SmtpMailer(settings.smtp_url, settings.smtp_ca_file or None),
        settings.sender,
        settings.payment_return_url,
        settings.public_url,
    )


def poster_of(settings: BillingSettings) -> Poster:
    """Sends webhooks to the seller's own product."""
    from billing.adapters.webhooks import HttpsPoster

    return HttpsPoster(
        private=settings.webhooks_to_private_addresses, ca_file=settings.webhooks_ca_file or None
    )


def sdi_post_of(settings: BillingSettings, billing: Billing) -> Callable[[], int] | None:
    """Brings e-invoices to SdI and reads its answers; None where somebody else does."""
    transport = sdi_transport_of(settings)
    return partial(sdi_post.run, billing, transport) if transport else None


def sdi_transport_of(settings: BillingSettings) -> EInvoiceTransport | None:
    """What brings e-invoices to SdI and its answers back; None where people do."""
    if settings.e_invoices == "pec":
        return pec_of(settings)
    return invoicetronic_of(settings) if settings.e_invoices == "invoicetronic" else None


def invoicetronic_of(settings: BillingSettings) -> InvoicetronicTransport:
    """By the intermediary Invoicetronic, with the account of the settings."""
    from billing.adapters.einvoices.invoicetronic import InvoicetronicTransport

    return InvoicetronicTransport(
        settings.invoicetronic_api_key.get_secret_value(), settings.invoicetronic_api_url
    )


def sdi_webhooks_of(settings: BillingSettings, billing: Billing) -> SdiWebhooks | None:
    """What takes the webhooks of who brings e-invoices to SdI; None where none come."""
    secret = settings.invoicetronic_webhook_secret.get_secret_value()
    if settings.e_invoices != "invoicetronic" or not secret:
        return None
    from billing.adapters.einvoices.invoicetronic import verify

    return SdiWebhooks(billing, partial(verify, secret), invoicetronic_of(settings))


def pec_of(settings: BillingSettings) -> PecTransport:
    """By certified mail, with the mailbox of the settings."""
    from billing.adapters.einvoices.imap import ImapBox
    from billing.adapters.einvoices.pec import PecTransport
    from billing.adapters.mail import SmtpMailer

    ca_file = settings.pec_ca_file or None
    mailer, box = SmtpMailer(settings.pec_smtp_url, ca_file), ImapBox(settings.pec_imap_url, ca_file)
    return PecTransport(mailer, box, settings.pec_address, settings.pec_sdi_address)


def start_traces(settings: BillingSettings, program: str) -> None:
    """Spans of this program go to the collector of the settings from now on; to nobody where there is none."""
    if settings.otel_exporter_otlp_endpoint:
        from billing.adapters.otlp import OtlpRecorder

        traces.record(OtlpRecorder(settings.otel_exporter_otlp_endpoint, program))


def posting(
    billing: Billing, mailer: Mailer, sender: str, home_url: str, public_url: str = ""
) -> Callable[[], int]:
    """Sends by that mailer the mail that is due; `home_url` is where the button of a mail leads.

    `public_url` is where browsers reach the bot, if they do: there an address is confirmed.
    """
    from billing.adapters import mail  # draws documents, which most runs do not

    compose = partial(mail.compose, billing, mail.Letterhead(sender, home_url, public_url))
    return partial(mail_delivery.deliver, billing, mailer, compose)


def gateway_of(settings: BillingSettings) -> Gateway:
    """Stripe, or the one that pretends: no money moves."""
    if settings.payment_gateway == "sandbox":
        return SandboxGateway()
    from billing.adapters.gateways.stripe import StripeGateway  # heavy; who pretends need not load it

    return StripeGateway(
        settings.stripe_api_key.get_secret_value(),
        settings.stripe_webhook_secret.get_secret_value(),
        api_url=settings.stripe_api_url,
        return_url=settings.payment_return_url,
    )


def vies_of(settings: BillingSettings) -> Vies | None:
    """The Union's register of VAT numbers, asked in the seller's name; None where it is not asked."""
    if not settings.asks_vies:
        return None
    from billing.adapters.vies import ViesRest  # who sells to nobody abroad need not load it

    return ViesRest(settings.vies_url, settings.seller_vat_number)


def rate_source_of(settings: BillingSettings) -> Callable[[], Sequence[ExchangeRate]] | None:
    """Where exchange rates come from each day; None where nobody is asked."""
    if settings.exchange_rates != "ecb":
        return None
    from billing.adapters.ecb import EcbRates  # who sells in euros need not load it

    return EcbRates(settings.exchange_rates_url).fetch


def cipher_of(keys: Sequence[str]) -> Cipher:
    """By the first of those keys; without any, one that keeps no secret."""
    if not keys:
        return Keyless()
    from billing.adapters.ciphers import FernetCipher

    return FernetCipher(keys)


def stripe_subscriptions_of(settings: BillingSettings) -> StripeSubscriptions:
    """What Stripe itself bills in the account of the settings. Raises Unfit where they name none."""
    if settings.payment_gateway == "sandbox":
        raise Unfit("PAYMENT_GATEWAY is sandbox: it must be stripe, with the account that bills them now")
    from billing.adapters.gateways.stripe_client import client_of
    from billing.adapters.gateways.stripe_line import AWAY_SECONDS, Line
    from billing.adapters.gateways.stripe_subscriptions import StripeSubscriptions

    client = client_of(settings.stripe_api_key.get_secret_value(), settings.stripe_api_url)
    return StripeSubscriptions(client, Line(AWAY_SECONDS))


def write_e_invoice(document: InvoiceDocument, progressive: str) -> bytes:
    """The document as Italy's exchange system takes it."""
    from billing.adapters.einvoices.fatturapa import write  # lxml is heavy; most runs issue nothing

    return write(document, progressive)


def render(document: InvoiceDocument, language: str, logo: bytes | None) -> bytes:
    """The document as a PDF in that language, with its XML in it where it embeds one."""
    from billing.adapters.pdf import render_invoice  # reportlab is heavy; most runs draw nothing

    factur_x = None
    if document.embeds:
        from billing.adapters.einvoices.en16931 import write_cii

        factur_x = write_cii(document)
    return render_invoice(document, Translator(LOCALES, language), logo, factur_x)


def write_ubl(document: InvoiceDocument) -> bytes:
    """The document for Peppol. Raises Unfit where it cannot go there."""
    from billing.adapters.einvoices.en16931 import write_ubl  # few ask for it

    return write_ubl(document)


def write_archive(target: BinaryIO, papers: Papers, files: Iterable[ArchiveFile], language: str) -> None:
    """The papers in a ZIP, with lists in that language."""
    from billing.adapters.archives import write_papers  # few ask for it

    write_papers(target, papers, files, Translator(LOCALES, language))
