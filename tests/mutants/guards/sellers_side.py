"""Guards of the seller's side: operators, the API, webhooks and e-invoices."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SELLERS_SIDE = (
    Mutant(
        "an operator approves what they asked for",
        "billing/models/approvals.py",
        "        if by == self.requested_by:\n            raise OwnRequest\n",
        "",
        ("tests/billing/test_approvals.py", "tests/stories/test_approvals.py"),
    ),
    Mutant(
        "a request for approval never expires",
        "billing/models/approvals.py",
        """return "open" if at < self.expires_at else "expired\"""",
        'return "open"',
        ("tests/billing/test_approvals.py",),
    ),
    Mutant(
        "a currency without a limit needs nobody else",
        "billing/values/approvals.py",
        "self.most.get(given.currency, 0)",
        "self.most.get(given.currency, given.minor)",
        ("tests/billing/test_approvals.py",),
    ),
    Mutant(
        "a refund is carried out though what was shown has changed",
        "billing/services/refunds.py",
        "            if seen is not None and seen != _shown(work, payment, amount):\n"
        "                raise ChangedMeanwhile\n",
        "",
        ("tests/billing/test_approvals.py", "tests/billing/test_refunds.py"),
    ),
    Mutant(
        "something is sold without VAT under a number that VIES does not know",
        "billing/vat_numbers.py",
        "known.state is VatState.INVALID:",
        "known.state is None:",
        ("tests/billing/test_vies.py",),
    ),
    Mutant(
        "an e-invoice goes again though nobody looked in the mailbox",
        "billing/services/sdi_post.py",
        "send(billing, transport, again=looked)",
        "send(billing, transport, again=True)",
        ("tests/billing/test_pec.py",),
    ),
    Mutant(
        "whoever has certified mail speaks for SdI",
        "billing/adapters/einvoices/pec_mails.py",
        "MailKind.RECEIPTS if is_sdi else MailKind.OTHER",
        "MailKind.RECEIPTS",
        ("tests/billing/test_pec.py",),
    ),
    Mutant(
        "an intermediary gets a file again that it has",
        "billing/adapters/einvoices/invoicetronic.py",
        "if not (file.again and self._has(file)):",
        "if file:",
        ("tests/billing/test_invoicetronic.py",),
    ),
    Mutant(
        "whoever knows the address sends webhooks in the intermediary's name",
        "billing/adapters/einvoices/invoicetronic.py",
        "if not hmac.compare_digest(made.encode(), given.encode()):",
        "if not given:",
        ("tests/billing/test_invoicetronic.py",),
    ),
    Mutant(
        "an invoice goes out without its VAT in euros",
        "billing/invoicing/euro_taxes.py",
        "        raise InvoiceIncomplete(TAX_IN_EURO)",
        "        return None",
        ("tests/billing/test_rates_of_euro_taxes.py",),
    ),
    Mutant(
        "an upgrade that is finished again takes what was slipped in for what is to be sealed",
        "billing/adapters/migration_steps.py",
        "if script.revision > finished and",
        "if",
        ("tests/billing/test_seals_of_euro_taxes.py",),
    ),
    Mutant(
        "verify asks for seals that wait until an upgrade is finished",
        "billing/queries/seals.py",
        "exists().where(FinishedUpgrade.revision >= self.since) if self.since else true()",
        "true()",
        ("tests/billing/test_seals_of_euro_taxes.py",),
    ),
    Mutant(
        "a visitor says whom they are to be counted as",
        "bot/program.py",
        "forwarded_allow_ips=settings.forwarded_allow_ips",
        'forwarded_allow_ips="*"',
        ("tests/bot/test_process.py",),
    ),
    Mutant(
        "a mail server that follows links confirms an address",
        "bot/confirming.py",
        'Route(place, self.ask, methods=["GET"])',
        'Route(place, self.confirm, methods=["GET"])',
        ("tests/bot/test_confirming.py",),
    ),
    Mutant(
        "the link of a contact is good for ever",
        "billing/services/contact_links.py",
        " or contact.code_is_old(work.now)",
        "",
        ("tests/bot/test_confirming.py",),
    ),
    Mutant(
        "the link of a contact confirms for a property that is gone",
        "billing/services/contact_links.py",
        " and prop.deleted_at is None",
        "",
        ("tests/bot/test_confirming.py",),
    ),
    Mutant(
        "each process tells the month",
        "billing/services/monthly_reports.py",
        "        if is_first and not found.is_empty:",
        "        if not found.is_empty:",
        ("tests/billing/test_monthly_reports.py",),
    ),
    Mutant(
        "what Slack cannot have sent is read",
        "bot/connection.py",
        "if not is_whole(asked.body):",
        "if asked.body is None:",
        ("tests/stories/test_forgeries.py",),
    ),
    Mutant(
        "what the app wrote down is read as whatever it is",
        "bot/reading.py",
        """        if not _fits(found, _hints(read)["return"]):\n            raise Outdated\n""",
        "",
        ("tests/bot/test_reading.py",),
    ),
)

# What waits for another admin.
