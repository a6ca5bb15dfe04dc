"""Reminders: what was said of a subscription, and when something is to be said again."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Update, bindparam

from billing.queries.subscriptions import past_version


@cache
def keep_reminder() -> Update:
    """Says at `at` what the subscription lacks, past its version: it makes nobody's open form stale."""
    return past_version(remind_at=bindparam("at"))


@cache
def mark_reminded() -> Update:
    """Of the ends `early_at` and `late_at` it was spoken, early and late, past its version as well."""
    return past_version(
        early_reminder_end_at=bindparam("early_at"), late_reminder_end_at=bindparam("late_at")
    )


@cache
def mark_kept() -> Update:
    """Of the charge at that `end_at` nobody needs to hear any more."""
    return past_version(kept_end_at=bindparam("end_at"))


@cache
def mark_card_reminded() -> Update:
    """That its `card` expires was said."""
    return past_version(reminded_card_id=bindparam("card"))
