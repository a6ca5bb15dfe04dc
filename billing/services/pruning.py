"""Forgetting what nobody needs any more: messages that were told long ago."""

from __future__ import annotations

from datetime import timedelta

from billing.queries.pruning import forget, told_long_ago
from billing.work import Billing

KEPT_FOR = timedelta(days=30)
BATCH_SIZE = 500


def forget_told(billing: Billing, size: int = BATCH_SIZE) -> int:
    """Deletes messages that were told more than thirty days ago, so many in each transaction; answers how many.

    What is told is in the invoice, the payment, the audit log; the message was the way there. Dead letters stay.
    Safe to run in parallel.
    """
    forgotten, after = 0, 0
    while not billing.stopping.is_set():
        with billing.read("outbox.told_long_ago") as work:
            wanted = {"after": after, "before": work.now - KEPT_FOR, "size": size}
            numbers = work.session.scalars(told_long_ago(), wanted).all()
        if not numbers:
            break
        with billing.work("outbox.forget") as work:
            forgotten += work.session.connection().execute(forget(), {"numbers": numbers}).rowcount
        after = numbers[-1]
    return forgotten
