"""A property whose billing is mailed: what the tests of receipts and of billing contacts start from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing import Actor
from billing.adapters.mail import SmtpMailer
from billing.bootstrap import posting
from billing.services import members, purchases, receipts
from billing.values.actors import Role
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk
from tests.mailboxes import Box

HEAD = ("Fatture <fatture@venditore.example>", "https://slack.example/")
OWNERS, ANNAS = "uowner@example.com", "uanna@example.com"
HOSTILE = (
    "someone@else.example",
    "uowner@example.com\nBcc: c@d.example",
    "uowner@example.com, c@d.example",
    "uowner@example.com uanna@example.com",
    '"a"@b',
    '"uowner"@example.com',
    "UOWNER@EXAMPLE.COM\N{ZERO WIDTH SPACE}",
    "ü@example.com",
    "=cmd()",
    "x" * 100_000,
    "x" * 100_000 + "@example.com",
    "",
)


@dataclass
class Office:
    """A property whose receipts are mailed, and the mail server."""

    desk: Desk
    box: Box
    mailer: SmtpMailer
    owner: Actor
    shop: PropertySnapshot

    def buy(
        self, receipts_to: str | None = OWNERS, what: str = "live-chat/basic/month"
    ) -> SubscriptionSnapshot:
        order = replace(self.desk.order(self.owner, self.shop, what), receipts_to=receipts_to)
        billing = self.desk.billing
        return purchases.purchase(billing, self.owner, order, key=self.desk.key()).subscription

    def choose(self, subscription_id: str, receipts_to: str | None) -> SubscriptionSnapshot:
        seen = self.desk.plan(subscription_id).version
        return receipts.change(self.desk.billing, self.owner, subscription_id, receipts_to, seen)

    def deliver(self) -> int:
        return posting(self.desk.billing, self.mailer, *HEAD)()

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]).replace("\xa0", " ") for mail in self.box.taken]

    def waiting(self) -> int:
        sql = "SELECT number FROM outbox WHERE audience = 'mail_receipts' AND told_at IS NULL"
        return len(self.desk.rows(sql))


def office_of(desk: Desk, box: Box, mailer: SmtpMailer) -> Office:
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    owner = mailing.owner()
    shop = mailing.property_of(owner)
    members.meet(mailing.billing, Actor(WORKSPACE, "UANNA"), "Anna Bianchi", ANNAS, "en")
    members.set_role(mailing.billing, owner, shop.id, "UANNA", Role.ACCOUNTANT)
    return Office(mailing, box, mailer, owner, shop)
