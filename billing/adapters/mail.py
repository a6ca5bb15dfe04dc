"""Mail over SMTP: what one person must know of a payment, sent from the outbox until the server takes it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from billing.adapters import outbox
from billing.adapters.outbox import Untold
from billing.domain.events import AuthenticationNeeded, PaymentFailed, PropertyEvent
from billing.domain.models import Person, Workspace
from billing.domain.money import Money
from billing.i18n import Words
from billing.work import MAIL, Billing

LOCALES = Path(__file__).parents[1] / "locales"
PATIENCE_SECONDS = 20
PORTS = {"smtp": 25, "smtps": 465}
log = structlog.get_logger()


class MailRefused(Exception):
    """The server will never take this mail (5xx), or there is nowhere to send it."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """`smtp://user:password@host:port`; `smtps` speaks TLS from the first word, `smtp` when it is offered."""

    url: str
    sender: str

    def send(self, message: EmailMessage) -> None:
        """Hands it over. Raises MailRefused for a 5xx; any other failure of the network or server as it is."""
        message["From"] = self.sender
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            if all(code >= 500 for code in codes):
                raise MailRefused(str(codes)) from None
            raise
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code >= 500:
                raise MailRefused(str(refused.smtp_code)) from None
            raise

    def _connected(self) -> smtplib.SMTP:
        at = urlsplit(self.url)
        kind = smtplib.SMTP_SSL if at.scheme == "smtps" else smtplib.SMTP
        server = kind(at.hostname or "", at.port or PORTS[at.scheme], timeout=PATIENCE_SECONDS)
        server.ehlo()
        if at.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
            server.ehlo()
        if at.username:
            server.login(unquote(at.username), unquote(at.password or ""))
        return server


def deliver(billing: Billing, mailer: SmtpMailer) -> int:
    """Sends all mail that is due; what the server does not take now is tried again later. Answers how many."""
    sent = 0
    while rows := outbox.claim(billing, of_mail=True):
        for row in rows:
            sent += _deliver(billing, mailer, row)
    return sent


def _deliver(billing: Billing, mailer: SmtpMailer, row: Untold) -> int:
    try:
        mailer.send(_written(billing, mailer, row))
    except MailRefused as refused:
        # Trying again would not help; the Slack message says the same.
        log.error("a mail was refused for good", number=row.number, why=str(refused))
        outbox.told(billing, row.number)
        return 0
    except (OSError, smtplib.SMTPException) as trouble:
        log.warning("a mail was not taken", number=row.number, trouble=type(trouble).__name__)
        outbox.failed(billing, row.number, type(trouble).__name__)
        return 0
    outbox.told(billing, row.number)
    return 1


def _written(billing: Billing, mailer: SmtpMailer, row: Untold) -> EmailMessage:
    """The mail, in the language of the workspace. The same row has the same Message-ID, however often it is sent."""
    with billing.look("mail.read") as work:
        person = work.session.get(Person, (row.workspace_id, row.channel.removeprefix(MAIL)))
        language = work.session.get_one(Workspace, row.workspace_id).language
    if person is None or not person.email or row.event is None:
        raise MailRefused("nobody to write to")
    message = EmailMessage()
    try:
        recipient = Address(person.name, addr_spec=person.email)
    except (ValueError, IndexError, MessageError):
        raise MailRefused("no mail address") from None
    if not recipient.domain:
        raise MailRefused("no mail address")
    message["To"] = recipient
    domain = mailer.sender.rpartition("@")[2].strip("> ") or "localhost"
    message["Message-ID"] = f"<billing-{row.workspace_id}-{row.number}@{domain}>"
    seller = billing.issuer.seller.name
    subject, lines, link = _said(row.event, Words(LOCALES, language))
    message["Subject"] = " ".join(subject.split())
    message.set_content("\n\n".join([*lines, *([link[1]] if link else []), seller]) + "\n")
    message.add_alternative(_as_html(lines, link, seller), subtype="html")
    return message


def _said(event: PropertyEvent, t: Words) -> tuple[str, list[str], tuple[str, str] | None]:
    """The subject, the lines, and the button with its address, where there is something to do."""
    if isinstance(event, AuthenticationNeeded):
        said = _about(event, event.minor, event.currency, t)
        lines = [
            t(
                "Your bank wants you to confirm the payment of {amount} with VAT for {what} of {property}.",
                **said,
            ),
            t("No money has moved yet, and nothing is tried until you have confirmed it."),
        ]
        return t("Please confirm {amount} for {what}", **said), lines, (t("Confirm at the bank"), event.url)
    if isinstance(event, PaymentFailed):
        said = _about(event, event.minor, event.currency, t)
        again = t("It is not tried again.")
        if event.try_at is not None:
            again = t("It is tried again on {date}.", date=t.day_of(event.try_at, event.time_zone))
        lines = [
            t("{amount} with VAT for {what} of {property} could not be collected. No money moved.", **said),
            f"{again} {t('In Slack, /billing pays it at once or with another card.')}",
        ]
        return t("Not paid: {amount} for {what}", **said), lines, None
    raise MailRefused(f"there are no words for {event.kind}")


def _about(
    event: AuthenticationNeeded | PaymentFailed, minor: int, currency: str, t: Words
) -> dict[str, str]:
    amount = t.money(Money(minor, currency))
    return {"amount": amount, "what": f"{event.add_on} {event.plan}", "property": event.property_name}


def _as_html(lines: list[str], link: tuple[str, str] | None, seller: str) -> str:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    if link and link[1].startswith(("https://", "http://")):
        style = "background:#007a5a;color:#fff;padding:10px 18px;border-radius:6px;text-decoration:none"
        body += f'<p><a href="{escape(link[1])}" style="{style}">{escape(link[0])}</a></p>'
    font = "font:16px/1.5 system-ui,sans-serif"
    return f'<div style="{font}">{body}<p style="color:#616061">{escape(seller)}</p></div>'
