"""The guards: where each stands, what the code is without it, and which tests have to miss it.

A guard that stands twice is not in the list: without one of the two nothing is different. Two locks are taken
before a payment is settled; a row of due work that fails is caught by itself and once more by its step; a
message of which nobody remembers that it was posted is looked for; the newest invoices are asked for by
workspace twice; names have no line breaks when they come to a mail's subject.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """The code without one guard: `old`, which stands once in the file, becomes `new`; test files watch it."""

    name: str
    file: str
    old: str
    new: str
    watched_by: tuple[str, ...]


MONEY = (
    Mutant(
        "two tries of one payment may be in flight",
        "migrations/versions/0001_first_light.py",
        """        ["workspace_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),""",
        """        ["workspace_id", "payment_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('sent', 'unknown', 'action_required')"),""",
        (
            "tests/billing/test_collecting.py",
            "tests/house/test_migrations.py",
            "tests/billing/test_verify.py",
        ),
    ),
    Mutant(
        "the payment that was opened last is kept, not the first",
        "billing/queries/payments.py",
        'func.coalesce(Payment.gateway_id, adopted_by_payment(), bindparam("opened"))',
        'func.coalesce(bindparam("opened"), Payment.gateway_id)',
        ("tests/billing/test_answers_of_the_gateway.py",),
    ),
    Mutant(
        "a preview waits with the property in its hands",
        "billing/payments/superseded.py",
        "        _hold(work, payment, attempt)\n",
        "        pass\n",
        ("tests/billing/test_purchases.py",),
    ),
    Mutant(
        "what an admin may is asked before their property is locked",
        "billing/doors.py",
        """        if lock:
            with suppress(NoResultFound):  # it is not found below, either
                lock_property(self.session, actor.workspace_id, property_id)
        found, role = self.property_as_reader(actor, property_id)
""",
        """        found, role = self.property_as_reader(actor, property_id)
        if lock:
            with suppress(NoResultFound):
                lock_property(self.session, actor.workspace_id, property_id)
""",
        ("tests/billing/test_members.py",),
    ),
    Mutant(
        "what was opened is stored beside whoever is deciding about its try",
        "billing/payments/charging.py",
        "        lock_subscription_of(work.session, key.workspace_id, key.id)\n        return stored",
        "        return stored",
        ("tests/billing/test_answers_of_the_gateway.py",),
    ),
    Mutant(
        "the same of many that were opened together",
        "billing/payments/bulk.py",
        "stored(work, one.key, one.order, one.opened) if one.key in ours else one.order",
        "stored(work, one.key, one.order, one.opened)",
        ("tests/billing/test_collecting_in_bulk.py",),
    ),
    Mutant(
        "what is being processed counts as declined",
        "billing/adapters/gateways/stripe_answers.py",
        "    raise GatewayUnavailable  # it is being processed: nobody knows yet",
        '    return declined(None, plain["id"])',
        ("tests/contracts/test_stripe.py", "tests/contracts/test_gateways.py"),
    ),
    Mutant(
        "a card of another property pays what is bought",
        "billing/services/purchases.py",
        "if method is None or method.removed_at or method.property_id != prop.id:",
        "if method is None or method.removed_at:",
        ("tests/billing/test_purchases.py",),
    ),
    Mutant(
        "a card of another property is chosen",
        "billing/services/payment_methods.py",
        "if method is None or method.removed_at or method.property_id != subscription.property_id:",
        "if method is None or method.removed_at:",
        ("tests/billing/test_payment_methods.py",),
    ),
    Mutant(
        "a card that was removed pays",
        "billing/services/purchases.py",
        "if method is None or method.removed_at or method.property_id != prop.id:",
        "if method is None or method.property_id != prop.id:",
        ("tests/billing/test_purchases.py",),
    ),
    Mutant(
        "refunds that are on their way are not counted",
        "billing/queries/refunds.py",
        "*OF_PAYMENT, Refund.state != RefundState.FAILED",
        "*OF_PAYMENT, Refund.state == RefundState.SUCCEEDED",
        ("tests/billing/test_refunds.py",),
    ),
    Mutant(
        "a refund is not looked for before it is asked for again",
        "billing/adapters/gateways/stripe.py",
        "made = given() or under_key(",
        "made = under_key(",
        ("tests/billing/test_refunds.py", "tests/contracts/test_stripe.py"),
    ),
    Mutant(
        "what the gateway opened for the old amount stays open",
        "billing/payments/superseded.py",
        "    if payment.state is PaymentState.OPEN and payment.gateway_id and attempt:\n",
        "    if payment.state is PaymentState.UNCOLLECTIBLE and payment.gateway_id and attempt:\n",
        ("tests/billing/test_credit_notes_and_payments.py", "tests/billing/test_late_money.py"),
    ),
    Mutant(
        "what cannot be charged exactly is sold",
        "billing/payments/opening.py",
        "    if total.minor % limits.step:\n",
        "    if total.minor % limits.step < 0:\n",
        ("tests/billing/test_carried_amounts.py",),
    ),
    Mutant(
        "the next cycle begins before the one before it is over",
        "billing/models/subscriptions.py",
        "self.status in LIVING and self.period_end_at <= at and self.due_at <= at",
        "self.status in LIVING and self.due_at <= at",
        ("tests/billing/test_renewals.py",),
    ),
    Mutant(
        "a disputed payment is given back once more",
        "billing/payments/refunds.py",
        "    if payment.dispute is DisputeState.LOST:\n        return 0\n",
        "",
        ("tests/billing/test_disputes.py", "tests/billing/test_credit_notes_and_payments.py"),
    ),
    Mutant(
        "a refund goes to a card whose bank took the money back",
        "billing/services/refunds.py",
        "    if payment.dispute is DisputeState.LOST:\n        return 0\n",
        "",
        ("tests/billing/test_credit_notes_and_payments.py",),
    ),
)

SCHEDULE = (
    Mutant(
        "a batch of renewals takes no lock",
        "billing/renewals/bulk.py",
        "session.execute(batch.of(*KEY).with_for_update(skip_locked=True))",
        "session.execute(batch.of(*KEY))",
        ("tests/billing/test_in_bulk.py", "tests/billing/test_renewals.py"),
    ),
    Mutant(
        "a batch of renewals waits for who holds one",
        "billing/renewals/bulk.py",
        "with_for_update(skip_locked=True)",
        "with_for_update()",
        ("tests/billing/test_in_bulk.py", "tests/billing/test_renewals.py"),
    ),
    Mutant(
        "a batch of ends waits for who holds one",
        "billing/queries/bulk_endings.py",
        'S.status.label("was")).with_for_update(skip_locked=True)',
        'S.status.label("was")).with_for_update()',
        ("tests/billing/test_in_bulk.py", "tests/billing/test_cancelling.py"),
    ),
    Mutant(
        "a renewal by itself waits for who holds it",
        "billing/renewals/single.py",
        "subscription_id, skip_locked=True)",
        "subscription_id, skip_locked=False)",
        ("tests/billing/test_in_bulk.py", "tests/billing/test_renewals.py"),
    ),
    Mutant(
        "two couriers take the same message",
        "billing/queries/outbox_claims.py",
        "        .with_for_update(of=M, skip_locked=True)\n",
        "",
        ("tests/billing/test_outbox.py", "tests/bot/test_outbox.py"),
    ),
    Mutant(
        "one bad event stops the others",
        "billing/payments/webhooks.py",
        "except Exception as trouble:  # whatever it is, it is logged and the others go on",
        "except ZeroDivisionError:  #",
        ("tests/billing/test_webhooks.py", "tests/billing/test_undecided.py"),
    ),
    Mutant(
        "one bad step of the schedule stops the others",
        "billing/services/due_work.py",
        "except Exception:  # whatever it is, it is logged, and the other steps go on",
        "except ZeroDivisionError:  #",
        (
            "tests/billing/test_quarantine.py",
            "tests/billing/test_renewals.py",
            "tests/billing/test_scheduler.py",
        ),
    ),
    Mutant(
        "one bad mail stops the others",
        "billing/services/mail_delivery.py",
        "    except Exception as trouble:  # whatever it is, it is logged, and the other mails go out\n",
        "    except ZeroDivisionError as trouble:\n",
        ("tests/billing/test_mail.py",),
    ),
    Mutant(
        "a plan that fails is never set aside",
        "billing/models/subscriptions.py",
        "        if self.due_failures != QUARANTINED_AFTER:\n",
        "        if self.due_failures != QUARANTINED_AFTER * 100:\n",
        ("tests/billing/test_quarantine.py",),
    ),
    Mutant(
        "only the newest of the periods that were missed is billed",
        "billing/renewals/bulk.py",
        "anchor.period(row.period_index + 1)",
        "anchor.period_at(now)",
        ("tests/billing/test_renewals.py", "tests/billing/test_in_bulk.py"),
    ),
)

DATABASE = (
    Mutant(
        "SQLite does not wait for the disk",
        "billing/adapters/database.py",
        "synchronous=FULL",
        "synchronous=OFF",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a connection is waited for without an end",
        "billing/adapters/postgresql.py",
        '{"connect_timeout": CONNECT_SECONDS, **TCP_LIVENESS}',
        "{**TCP_LIVENESS}",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a connection that broke is used again",
        "billing/adapters/postgresql.py",
        "            if not connection.invalidated:\n",
        "            if True:\n",
        ("tests/billing/test_work.py", "tests/billing/test_silent_database.py"),
    ),
    Mutant(
        "a process goes by its machine's clock",
        "billing/adapters/clock.py",
        "        if self._ahead is None:\n",
        "        if True:\n",
        ("tests/billing/test_clock.py",),
    ),
    Mutant(
        "what a statement was given is written into errors",
        "billing/adapters/database.py",
        "at, pool_size=POOL, hide_parameters=True,",
        "at, pool_size=POOL,",
        ("tests/billing/test_secrets.py", "tests/billing/test_work.py"),
    ),
    Mutant(
        "the database does not keep a turn to its workspace",
        "billing/adapters/postgresql.py",
        "    if workspace_id is not None:\n        words",
        "    if workspace_id == 0:\n        words",
        ("tests/billing/test_workspace_lock.py",),
    ),
    Mutant(
        "a glance is kept to no workspace",
        "billing/adapters/postgresql.py",
        "BEGIN; {kept}; {asked}; COMMIT",
        "BEGIN; {asked}; COMMIT",
        ("tests/billing/test_workspace_lock.py",),
    ),
)

WORKSPACES = (
    Mutant(
        "memberships of all workspaces are seen",
        "billing/queries/members.py",
        """            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.name, Property.id)""",
        """            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.name, Property.id)""",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "roles in a property of another workspace count",
        "billing/queries/members.py",
        """            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
            Member.user_id""",
        """            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
            Member.user_id""",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "admins and members of all workspaces are told",
        "billing/queries/members.py",
        """OF_PROPERTY = (
    Member.workspace_id == bindparam("workspace_id"),
""",
        "OF_PROPERTY = (\n",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "invoices of all workspaces are listed",
        "billing/queries/invoices.py",
        '.where(Invoice.workspace_id == bindparam("workspace_id"), which)',
        ".where(which)",
        ("tests/stories/test_statements_of_turns.py", "tests/stories/test_neighbours.py"),
    ),
    Mutant(
        "the API reads no further than one workspace asks, and answers with all",
        "billing/queries/listings.py",
        '        which.append(model.workspace_id == bindparam("workspace_id"))\n',
        "        pass\n",
        ("tests/api/test_reading.py",),
    ),
)

WORDS = (
    Mutant(
        "a name can be a link or a mention",
        "bot/blocks.py",
        ".translate(_ENTITIES).translate(_LOOK_ALIKES)",
        ".translate(_LOOK_ALIKES)",
        ("tests/bot/test_views.py",),
    ),
    Mutant(
        "a card number in a form is kept",
        "bot/turns.py",
        "if holds_card_number(text)}",
        "if not text}",
        ("tests/stories/test_card_numbers.py",),
    ),
    Mutant(
        "a card number in a command is read",
        "bot/commands.py",
        "if holds_card_number(typed):\n            raise CardNumberTyped\n        if word is None:\n            if not",  # noqa: E501
        "if word is None:\n            if not",
        ("tests/stories/test_card_numbers.py",),
    ),
    Mutant(
        "the password of the mail server is sent in the clear",
        "billing/adapters/mail/smtp.py",
        "                _refuse_in_the_clear(server, host)\n",
        "",
        ("tests/contracts/test_mailers.py", "tests/billing/test_smtp.py"),
    ),
    Mutant(
        "that Slack wants us to wait counts as a try",
        "billing/services/outbox.py",
        "            row.tries = max(row.tries - 1, 0)\n",
        "            pass\n",
        ("tests/billing/test_outbox.py",),
    ),
    Mutant(
        "a document that Slack has no room for yet is given back",
        "bot/slack_errors.py",
        "            if wait is None or wait > MAX_WAIT_SECONDS:",
        "            if wait is None or wait > 0:",
        ("tests/bot/test_outbox.py",),
    ),
    Mutant(
        "what cannot be looked for waits for ever",
        "bot/outbox.py",
        "        if retry_after(error) is None or row.waited < LOOKED_FOR:",
        "        if row.waited:",
        ("tests/bot/test_outbox.py",),
    ),
    Mutant(
        "a message whose answer was lost is not looked for",
        "bot/outbox.py",
        "        if row.tries > 1 and (found := await self._posted_before(desk, row)):\n            return found\n",
        "",
        ("tests/bot/test_outbox.py",),
    ),
)

PAGES = (
    Mutant(
        "a page is shown whatever its reader's role is by now",
        "billing/kept.py",
        "if glance is None or found is None or said != glance.said:",
        "if glance is None or found is None:",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept whatever was committed since",
        "billing/kept.py",
        "is_in_time and self.state == state",
        "is_in_time and self.state.terms == state.terms",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept whatever its own connection wrote",
        "billing/queries/revisions.py",
        ", driver.total_changes",
        "",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept whatever the seller's terms are",
        "billing/kept.py",
        "is_in_time and self.state == state",
        "is_in_time and self.state.revision == state.revision",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept when its cycle is over",
        "billing/kept.py",
        "(self.until is None or at < self.until)",
        "True",
        ("tests/billing/test_kept_pages.py",),
    ),
)

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
APPROVALS = (
    Mutant(
        "above the limit an admin buys alone",
        "billing/services/purchases.py",
        """        refuse_without_approval(now)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "above the limit an admin upgrades alone",
        "billing/services/changes.py",
        """        refuse_without_approval(now)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "above the limit an admin restarts alone",
        "billing/services/subscriptions.py",
        """            refuse_without_approval(now)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what costs as much as the limit waits",
        "billing/invoicing/quotes.py",
        "charge_now.minor > limit.minor",
        "charge_now.minor >= limit.minor",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "an admin sets the limit that holds for them",
        "billing/services/purchase_limits.py",
        """        work.property_as_owner(actor, property_id)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "whoever knows its id decides a request",
        "billing/services/purchase_requests.py",
        """        work.property_as_admin(actor, request.property_id)
""",
        """        pass
""",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "who asked approves it",
        "billing/models/purchase_requests.py",
        """        if by == self.requested_by:
            raise OwnPurchaseRequest
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what has expired is approved",
        "billing/models/purchase_requests.py",
        "self.state is RequestState.OPEN and at >= self.expires_at",
        "False",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what was declined is approved",
        "billing/services/purchase_requests.py",
        """        request.refuse_to_approve(actor.user_id, work.now)
        payment, now""",
        "        payment, now",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what was pressed twice is refused the second time",
        "billing/services/purchase_requests.py",
        """        if request.decided_by == actor.user_id and request.state in APPROVED:
            return shown(work, request)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "another quote is approved than was read",
        "billing/services/purchase_requests.py",
        """        refuse_if_changed(now, expected_quote)
        request.decide""",
        "        request.decide",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "something is bought in the name of who is no admin any more",
        "billing/services/purchase_requests.py",
        """    if by.user_id not in work.admins_of(request.workspace_id, request.property_id):
        raise RequesterLeft(by.user_id)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "a subscription is changed by a request of another property",
        "billing/services/purchase_requests.py",
        """        if about.property_id != request.property_id:
            raise RequestMoved
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what is refused to the approver is held against who asked",
        "billing/services/purchase_requests.py",
        """        work.actor, work.property_id = approver, request.property_id
""",
        """        pass
""",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what nobody can approve is asked for",
        "billing/services/purchase_requests.py",
        """        if not others_than(work, prop.workspace_id, prop.id, actor.user_id):
            raise NobodyToApprove(quote.above)
""",
        "",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "what was approved by a process that ended is never told of",
        "billing/services/purchase_requests.py",
        "        request.due_at = work.now + FOLLOWED_EVERY  # by the schedule",
        "        request.due_at = None  # by the schedule",
        ("tests/billing/test_purchase_requests.py",),
    ),
    Mutant(
        "a request that was decided on another day keeps its buttons",
        "bot/outbox.py",
        "event.in_place or (",
        "(",
        ("tests/stories/test_purchase_requests.py",),
    ),
)

# What is said ahead of a charge, or of what was spent.
WARNINGS = (
    Mutant(
        "a mark of a budget is told as often as it is looked at",
        "billing/services/budgets.py",
        "if found.mark > told:",
        "if found.mark:",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "several workers tell the same mark of a budget",
        "billing/services/budgets.py",
        "with_for_update=True, populate_existing=True",
        "populate_existing=True",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "whoever reads a property sets its budget",
        "billing/services/budgets.py",
        """        work.property_as_admin(actor, property_id)
        wanted""",
        "        wanted",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "two who set the first budget of a property fail",
        "billing/services/budgets.py",
        """    if prop.has_budget:
        raise ChangedMeanwhile
""",
        "",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "a budget is told of a property that is gone",
        "billing/services/budgets.py",
        """        if prop.deleted_at is not None:
            budget.due_at = None
            return DueReport()
""",
        "",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "the month of a budget is not that of the property",
        "billing/services/budgets.py",
        "span.moments(time_zone)",
        'span.moments("UTC")',
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "what was issued in another currency counts as spent",
        "billing/queries/budgets.py",
        """            document.currency == bindparam("currency"),
""",
        "",
        ("tests/billing/test_budgets.py",),
    ),
    Mutant(
        "an end of which was spoken is spoken of again",
        "billing/services/charge_reminders.py",
        "if said != end and subscription",
        "if subscription",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "several workers say the same of a subscription",
        "billing/services/charge_reminders.py",
        """    lock_subscription(work.session, workspace_id, subscription_id)
    of_it""",
        "    of_it",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "a card of which was spoken is spoken of again",
        "billing/services/charge_reminders.py",
        "if subscription.reminded_card_id == subscription.payment_method_id:",
        "if subscription.payment_method_id is None:",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "who was told that a charge is wanted is reminded of it",
        "billing/services/charge_reminders.py",
        " or subscription.kept_end_at == subscription.period_end_at",
        "",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "another charge than the one that was shown is kept",
        "billing/services/charge_reminders.py",
        """        if subscription.period_end_at != charge_at:
            raise ChangedMeanwhile
""",
        "",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "the backup is tried where no card would help",
        "billing/models/open_payments.py",
        """        if not another_card_helps(self.reason):
            return False
        if first""",
        "        if first",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "the backup is tried before the last day",
        "billing/models/open_payments.py",
        """        if not self._is_last_day(retry_days):
            return False
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "a card that was declined for good is tried again in the backup's place",
        "billing/models/open_payments.py",
        "return first == self.refused",
        "return False",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "a card that was declined for good is tried again once the backup is taken away",
        "billing/models/open_payments.py",
        "return token == self.refused",
        "return False",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "a person's Pay now is charged to the backup",
        "billing/payments/collection.py",
        "_card_up(payment, last, cards, billing.retry_days) if scheduled else cards.first",
        "_card_up(payment, last, cards, billing.retry_days)",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "the backup of another property is charged",
        "billing/models/backup_cards.py",
        """                PaymentMethod.property_id == cls.property_id,
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "a backup that was removed is charged",
        "billing/models/backup_cards.py",
        """                PaymentMethod.removed_at.is_(None),
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "the card that pays is its own backup",
        "billing/models/backup_cards.py",
        """                PaymentMethod.id != cls.payment_method_id,
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "one card is both the first and the backup",
        "billing/services/payment_methods.py",
        """    if backup_id == subscription.payment_method_id:
        raise BackupPaysAlready
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "a backup that only stood in takes over",
        "billing/payments/settlement.py",
        "if not declined.for_good or backup is None:",
        "if backup is None:",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "what the backup's bank asks gives way to the card that was refused",
        "billing/queries/payment_attempts.py",
        """            func.coalesce(Payment.refused_token, "") != PaymentMethod.token,
""",
        "",
        ("tests/billing/test_backup_cards.py",),
    ),
    Mutant(
        "what waited is told though the charge has another day",
        "billing/services/charge_reminders.py",
        "return now if now and (type(now), now.charge_at) == (type(told), told.charge_at) else None",
        "return now",
        ("tests/billing/test_charge_reminders.py",),
    ),
    Mutant(
        "a change that is to come has no say in what is said",
        "billing/services/charge_reminders.py",
        "pending.interval if pending and pending.applies_at else shown.interval",
        "shown.interval",
        ("tests/billing/test_charge_reminders.py",),
    ),
)

REFUNDS = (
    Mutant(
        "a refund is sent under another key without a look",
        "billing/adapters/gateways/stripe_line.py",
        "if (there := look()) is not None:",
        "if (there := None) is not None:",
        ("tests/billing/test_refunds.py",),
    ),
    Mutant(
        "a refund is taken for failed that was refused because it is there",
        "billing/adapters/gateways/stripe.py",
        "if (there := given()) is None:",
        "if (there := None) is None:",
        ("tests/billing/test_refunds.py",),
    ),
)
NUMBERS = (
    Mutant(
        "a clock that was set back dates the later number earlier",
        "billing/invoicing/issuing.py",
        "return last if last is not None and now < last <= now + SET_BACK else now",
        "return now",
        ("tests/billing/test_invoice_numbers.py",),
    ),
    Mutant(
        "a clock that was far ahead dates all that comes after it",
        "billing/invoicing/issuing.py",
        "now < last <= now + SET_BACK",
        "now < last",
        ("tests/billing/test_invoice_numbers.py",),
    ),
)
KEPT = (
    Mutant(
        "a page is shown whatever its rows say by now",
        "billing/kept.py",
        "if not still(kept.answers):",
        "if False:",
        ("tests/billing/test_kept_pages.py",),
    ),
    Mutant(
        "a page is kept though there is more to ask for",
        "billing/work.py",
        "(*of_seller, *of_property)",
        "of_seller",
        ("tests/billing/test_kept_pages.py",),
    ),
)
PRICES = (
    Mutant(
        "SQLite guesses how many rows a key finds",
        "billing/adapters/migration_steps.py",
        """            if context.dialect.name == "sqlite":
                estimate(context.connection)
""",
        "",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
    Mutant(
        "SQLite reads all payments to find a few by their keys",
        "billing/queries/keys.py",
        "IN (SELECT * FROM {keys})",
        "IN {keys}",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
    Mutant(
        "SQLite reads all members to find who receives",
        "billing/queries/subscriptions.py",
        ".joinedload(Member.person),",
        ".joinedload(Member.person, innerjoin=True),",
        ("tests/billing/test_price_of_a_workspace.py",),
    ),
)

MUTANTS = (
    *MONEY,
    *SCHEDULE,
    *DATABASE,
    *WORKSPACES,
    *WORDS,
    *PAGES,
    *SELLERS_SIDE,
    *APPROVALS,
    *WARNINGS,
    *REFUNDS,
    *NUMBERS,
    *KEPT,
    *PRICES,
)
