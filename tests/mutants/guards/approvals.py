"""Guards of purchases that wait for another admin."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

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
