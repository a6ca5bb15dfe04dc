"""Acts: what a person can do with a subscription, by name."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """One verb. Which of them a subscription's state allows is said by its rules (`can_cancel`, ...)."""

    CANCEL = "cancel"
    UNDO_CANCELLATION = "undo_cancellation"
    CHANGE = "change"
    UNDO_CHANGE = "undo_change"
    RESTART = "restart"
    TRANSFER = "transfer"
    PAY_NOW = "pay_now"
    CHOOSE_PAYMENT_METHOD = "choose_payment_method"
    CHANGE_ADDRESS = "change_address"
    CHANGE_COMPANY = "change_company"
    CHANGE_RECEIPTS = "change_receipts"


# What changes nothing that anybody could be told, charged or billed for.
DONE_ON_HOLD = frozenset(
    {
        *("audit.record_refusal", "member.meet", "member.lose", "webhook.receive", "workspace.register"),
        *("copy.hold", "copy.looked", "copy.resume", "api_key.create", "api_key.use", "api_key.revoke"),
        *("workspace.install", "workspace.uninstall", "installation.begin", "installation.return"),
        *("installation.refresh", "installation.encrypt"),
        *("webhook_endpoint.enable", "webhook_endpoint.delete", "webhook_endpoint.rotate_secret"),
        *("webhook_endpoint.encrypt", "operator.look"),
    }
)
