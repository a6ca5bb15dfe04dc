"""Guards of what people read: words, links and pages."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

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
