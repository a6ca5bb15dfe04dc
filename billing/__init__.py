"""Knows money, has never heard of Slack.

The map: `domain` is what is true, `services` what can be done, `adapters` how it touches the world, `work`
the transaction that joins them, `bootstrap` the place where they are put together. Hand a Billing and an
Actor to a function of `services`.
"""

from billing.values.actors import Actor
from billing.work import Billing

__all__ = ["Actor", "Billing"]
