"""Due work in bulk: cancelled plans end set by set, plain renewals are issued by the thousand.

What is done is what the one-at-a-time rule in `renewing` does, row by row; whatever is not plain
is left to it, and so is a batch that fails.
"""

from billing.in_bulk.endings import end_cancelled
from billing.in_bulk.renewals import renew

__all__ = ["end_cancelled", "renew"]
