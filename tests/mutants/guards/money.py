"""Guards of money: what is collected, given back and numbered, and when."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

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
        ("tests/billing/test_meanwhile.py",),
    ),
    Mutant(
        "a subscription that came meanwhile is waited for with its property in hand",
        "billing/doors.py",
        "if not set(ids()) <= set(held):",
        "if not held <= list(held):",
        ("tests/billing/test_meanwhile.py",),
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
