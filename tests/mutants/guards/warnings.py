"""Guards of budgets, reminders, and cards that back others up."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

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
