"""The billing profile of a property: where it stands, its form, and which later invoices a change touches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.addresses import LIMITS
from billing.values.companies import LIMITS as COMPANY_LIMITS
from billing.values.snapshots import ProfileSnapshot, SubscriptionSnapshot
from bot.blocks import (
    Block,
    Message,
    View,
    context,
    escape,
    modal,
    picked,
    section,
    typed,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.addresses import address_inputs
from bot.views.companies import number_inputs
from bot.views.countries import country_input
from bot.views.following import in_words

CHANGE = "profile.change"
# More than these are counted, not named.
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """What was typed, for which property, and what the person had before their eyes."""

    property_id: str
    seen: str
    values: dict[str, str]


def profile_form(profile: ProfileSnapshot, t: Translator) -> View:
    """The present profile to be changed, or an empty form."""
    address = asdict(profile.address) if profile.address else {}
    company = profile.company.as_dict() if profile.company else {}
    scope = t(
        "For all subscriptions of the property {property} that have no billing details of their own. Issued "
        "invoices don't change.",
        property=escape(profile.property.name),
    )
    return modal(
        t("Billing profile"),
        [
            context(scope),
            *_touched(profile, t),
            *address_inputs(address, t),
            country_input(t, address.get("country") or profile.country),
            *number_inputs(tuple(COMPANY_LIMITS), company, t),
        ],
        callback_id=CHANGE,
        submit=t("Save profile"),
        close=t("Close"),
        metadata=json.dumps({"property_id": profile.property.id, "seen": profile.seen}),
    )


@reads
def read_profile_form(view: Mapping[str, Any]) -> ProfileForm:
    names = (*LIMITS, *COMPANY_LIMITS)
    values = {name: typed(view, name) for name in names} | {"country": picked(view, "country")}
    return ProfileForm(**json.loads(view["private_metadata"]), values=values)


def profile_changed(profile: ProfileSnapshot, t: Translator) -> Message:
    """The private answer: what stands there now, and which later invoices it touches."""
    sentence = t(
        "Billing profile of {property} saved: {profile}. Issued invoices don't change. Nothing was charged.",
        property=escape(profile.property.name),
        profile=in_words(profile.address, profile.company, t),
    )
    return Message(sentence, [section(sentence), *_touched(profile, t)])


def _touched(profile: ProfileSnapshot, t: Translator) -> list[Block]:
    """From which invoice on each that follows is touched, and which are not."""
    charged = [one for one in profile.following if one.next_charge_at is not None]
    lines = [
        t("{what}: from the invoice of {date}", what=_name(one), date=_next_date(one, t)) for one in charged
    ]
    blocks: list[Block] = []
    if lines:
        blocks.append(section("\n".join((t("*Later invoices that it is for:*"), *_few(lines, t)))))
    elif profile.following:
        blocks.append(section(t("No invoice is to come for the subscriptions that follow it.")))
    own = [_name(one) for one in profile.own if one.ended_at is None]
    if own:
        blocks.append(
            context("\n".join((t("With billing details of their own, not touched:"), *_few(own, t))))
        )
    return blocks


def _name(subscription: SubscriptionSnapshot) -> str:
    return escape(phrases.short_name(subscription))


def _next_date(subscription: SubscriptionSnapshot, t: Translator) -> str:
    return t.day_of(subscription.period_end_at, subscription.time_zone)


def _few(lines: Sequence[str], t: Translator) -> list[str]:
    shown = [f"• {line}" for line in lines[:MOST_NAMED]]
    if left := len(lines) - len(shown):
        shown.append(t.plural("• and {count} more", "• and {count} more", left))
    return shown
