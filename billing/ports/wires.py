"""Who is asked and told over the wire: the register of VAT numbers, and the receivers of webhooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from billing.values.vies import ViesAnswer
from billing.values.webhooks import WebhookReply, WebhookRequest

# Posts webhooks, many at a time, and says what came of each; its connections are open while the context is.
Post = Callable[[Sequence[WebhookRequest]], Sequence[WebhookReply]]
Poster = Callable[[], AbstractContextManager[Post]]


class Vies(Protocol):
    """The Union's register of VAT numbers. Called with no transaction open."""

    def check(self, number: str) -> ViesAnswer:
        """Whether the number, with its prefix, is valid today. Raises ViesUnavailable."""
