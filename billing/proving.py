"""Settings are proven: each far side that they name is tried, and what is wrong is said with the way on."""

from __future__ import annotations

from collections.abc import Callable

from billing.adapters import database
from billing.bootstrap import invoicetronic_of, pec_of, vies_of
from billing.ports import MailServerUnavailable
from billing.services import check, copies, exchange_rates
from billing.settings import BillingSettings, with_way_on
from billing.values.errors import Unfit
from billing.values.vies import ViesMisconfigured, ViesUnavailable
from billing.work import Billing


def faults_of_desk(settings: BillingSettings, billing: Billing) -> list[Unfit]:
    """What is wrong with a desk whose settings can be read and whose database is there: all of it is tried."""
    kept = settings.example_seller()
    tried = (
        with_way_on("", kept) if kept else None,
        database.lock_fault(billing.engine),
        database.temporary_fault(billing.engine),
        *check.check(billing),
        check.check_gateway(billing),
        mail_fault(settings),
        *pec_faults(settings),
        invoicetronic_fault(settings),
        collector_fault(settings),
        vies_fault(settings),
        exchange_rates.fault(billing),
    )
    return [fault for fault in tried if fault]


def notes_of_desk(billing: Billing) -> list[Unfit]:
    """What whoever runs it should know, though nothing is wrong with the desk."""
    said = copies.note(billing), database.unfinished(billing.engine), exchange_rates.note(billing)
    return [note for note in said if note]


def mail_fault(settings: BillingSettings) -> Unfit | None:
    """Why no mail can be sent now; None where it can, or where no mail server is set."""
    if not settings.smtp_url:
        return None
    from billing.adapters.mail import SmtpMailer

    return _no_entry(
        SmtpMailer(settings.smtp_url, settings.smtp_ca_file or None).prove,
        lambda why: Unfit(
            "SMTP_URL: the mail server does not let us in ({why}): no mail is sent until it does.", why=why
        ),
    )


def pec_faults(settings: BillingSettings) -> tuple[Unfit | None, ...]:
    """Why no e-invoice goes out now, and why no answer of SdI is read; both log-ins are tried."""
    if settings.e_invoices != "pec":
        return ()
    pec = pec_of(settings)
    return (
        _no_entry(
            pec.mailer.prove,
            lambda why: Unfit(
                "PEC_SMTP_URL: the mail server does not let us in ({why}): no e-invoice is sent until it does.",
                why=why,
            ),
        ),
        _no_entry(
            pec.box.prove,
            lambda why: Unfit(
                "PEC_IMAP_URL: the mailbox does not let us in ({why}): no answer of SdI is read until it does.",
                why=why,
            ),
        ),
    )


def invoicetronic_fault(settings: BillingSettings) -> Unfit | None:
    """Why no e-invoice goes out by Invoicetronic now: the account is asked what is left of it; nothing is sent."""
    if settings.e_invoices != "invoicetronic":
        return None
    is_live = settings.stripe_api_key.get_secret_value().startswith(("sk_live_", "rk_live_"))
    if is_live and settings.invoicetronic_api_key.get_secret_value().startswith("ik_test_"):
        return Unfit(
            "INVOICETRONIC_API_KEY: ik_test_... is a key of the sandbox, which brings nothing to SdI: set the one "
            "with ik_live_..."
        )
    try:
        left = invoicetronic_of(settings).prove()
    except MailServerUnavailable as trouble:
        return Unfit(
            "INVOICETRONIC_API_KEY: Invoicetronic does not let us in ({why}): no e-invoice is sent, and no answer of "
            "SdI is read, until it does.",
            why=trouble,
        )
    if left > 0:
        return None
    return Unfit(
        "INVOICETRONIC_API_KEY: nothing is left of what was bought at Invoicetronic: no e-invoice is sent."
    )


def _no_entry(prove: Callable[[], None], fault: Callable[[MailServerUnavailable], Unfit]) -> Unfit | None:
    try:
        prove()
    except MailServerUnavailable as trouble:
        return fault(trouble)
    return None


def collector_fault(settings: BillingSettings) -> Unfit | None:
    """Why no spans are kept now; None where they are, or where nobody collects them."""
    if not (endpoint := settings.otel_exporter_otlp_endpoint):
        return None
    from billing.adapters.otlp import takes_spans

    if takes_spans(endpoint):
        return None
    return Unfit(
        "OTEL_EXPORTER_OTLP_ENDPOINT: no collector takes spans at {url}; they are lost until one does.",
        url=endpoint,
    )


def vies_fault(settings: BillingSettings) -> Unfit | None:
    """Why VIES gives no consultation numbers now: it is asked about the seller's own number, in the seller's name."""
    if (vies := vies_of(settings)) is None:
        return None
    number = settings.seller_vat_number
    try:
        is_valid = vies.check(number).is_valid
    except ViesMisconfigured as refused:
        return Unfit(
            "VIES refuses the question ({reason}): correct SELLER_VAT_NUMBER={number}, or set VIES=off.",
            reason=refused.reason,
            number=number,
        )
    except ViesUnavailable as trouble:
        return Unfit(
            "VIES_URL: VIES gives no answer ({reason}); VAT numbers stay unverified until it does.",
            reason=trouble.reason,
        )
    if is_valid:
        return None
    return Unfit(
        "VIES does not know SELLER_VAT_NUMBER={number}: have the tax office register it for trade within the EU, or "
        "set VIES=off.",
        number=number,
    )
