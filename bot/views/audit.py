"""The audit log in words: who did or tried what, and when; what was there before and after."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.actors import VIA_API, VIA_LINK, VIA_OPERATOR, Role
from billing.values.addresses import countries
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.declines import decline_reason
from billing.values.events import Topic
from billing.values.money import Money
from billing.values.snapshots import AuditLine, AuditPage
from bot.blocks import Block, View, clip, context, escape, modal, section
from bot.views import phrases
from bot.views.audit_refusals import refusal_in_words
from bot.views.audit_words import act_in_words, detail_in_words
from bot.views.channels import topic_name
from bot.views.contacts import kind_name
from bot.views.credit_notes import E_INVOICES
from bot.views.pages import Turning, page_blocks
from bot.views.roles import role_name
from bot.views.subscriptions import reason_in_words

OPEN = "audit.open"
PAGE = "audit.page"
DETAIL_LIMIT = 200
# The longest text that Slack takes in a section.
SECTION_LIMIT = 3000
AMOUNTS = ("minor", "total")
# What VIES said of a VAT number.
VAT_NUMBERS = MappingProxyType({"unverified": "not verified yet", "valid": "valid", "invalid": "not valid"})
# What begins the ids that nobody reads.
IDS = ("pm_", "prop_", "sub_", "inv_", "pay_")


def audit_log(page: AuditPage, t: Translator) -> View:
    """One page of the log."""
    turning = Turning(PAGE, (t("Newer"), t("Newer entries")), (t("Older"), t("Older entries")))
    name, zone = escape(page.property.name), escape(page.property.time_zone)
    heading = t("What was done or attempted in the property *{property}*", property=name)
    count = t.plural("{count} entry, newest first", "{count} entries, newest first", page.count)
    rows = [_row(line, page, t) for line in page.lines] or [section(t("No entries yet."))]
    where = t(
        "Property {property}. Times are in your own time zone, billing dates in {zone}.",
        property=name,
        zone=zone,
    )
    blocks = [section(heading), *page_blocks(page, page.property.id, count, rows, turning, t), context(where)]
    return modal(t("Audit log"), blocks, close=t("Close"))


def _row(line: AuditLine, page: AuditPage, t: Translator) -> Block:
    what = [f"*{act_in_words(line.act, t)}*"]
    what += [escape(line.subject)] if line.subject else []
    what += [f"<@{line.member_id}>"] if line.member_id and line.member_id != line.user_id else []
    lines = [" · ".join(what), *_details(line, page, t), f"{_when(line, page, t)} · {_who(line, t)}"]
    if line.refused_as:
        lines.insert(1, t("Refused: {reason}", reason=refusal_in_words(line.refused_as, t)))
    return section(_fitting(lines))


def _fitting(lines: list[str]) -> str:
    """As many lines as a section holds, the last one, when and who, always among them."""
    *told, last = lines
    room = SECTION_LIMIT - len(last) - len("…\n")
    kept: list[str] = []
    for line in told:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "…", last])
        kept.append(line)
    return "\n".join([*kept, last])


def _when(line: AuditLine, page: AuditPage, t: Translator) -> str:
    return phrases.moment(line.at, page.property.time_zone, t)


def _who(line: AuditLine, t: Translator) -> str:
    if line.via == VIA_LINK:
        return t("by the link in the email")
    if not line.user_id:
        return (
            t("the provider, on the command line")
            if line.via == "operator"
            else t("automatically, on schedule")
        )
    if line.via == VIA_API:
        return t("the provider's software")
    if line.via == VIA_OPERATOR:  # in another workspace, where nobody here can be asked who that is
        return t("the provider, {id}", id=f"`{escape(line.user_id)}`")
    person = f"<@{line.user_id}>"
    return {
        "operator": t("{person}, on the command line", person=person),
        "payment": t("{person}, by a payment", person=person),
    }.get(line.via, person)


def _details(line: AuditLine, page: AuditPage, t: Translator) -> list[str]:
    shown = []
    for name, before, after in line.details:
        values = [_value(name, value, page, t) for value in (before, after) if not value.startswith(IDS)]
        told = " → ".join(value for value in values if value)
        shown += [f"{detail_in_words(name, t)}: {told}"] if told else []
    return shown


def _value(name: str, value: str, page: AuditPage, t: Translator) -> str:
    if name in ("role", "needed") and value in set(Role):
        return role_name(Role(value), t)
    if name == "state":
        states = {**E_INVOICES, **VAT_NUMBERS}
        return t(states[value]) if value in states else escape(value)
    if name == "topics":
        return ", ".join(topic_name(topic, t) for topic in Topic if topic in value.split(", "))
    if name == "kinds":
        return ", ".join(kind_name(kind, t) for kind in ContactKind if kind in value.split())
    if name in ("contact", "receipts_to") and value and "@" not in value:
        return f"<@{value}>"
    if name == "every" and value in set(Interval):
        return t.per(Interval(value))
    if name == "channel" and value:
        return f"<#{value}>"
    if name == "card":
        return phrases.charged_card(clip(value, DETAIL_LIMIT))
    if name == "country" and value in countries():
        return t.country(value)
    if name == "decline":
        return t(decline_reason(value)) if value else ""
    if name == "dispute" and value in phrases.DISPUTES:
        return t(phrases.DISPUTES[value])
    if name in AMOUNTS and value.lstrip("-").isdecimal():
        return t.money(Money(int(value), page.currency))
    if name.endswith("_at") and value:
        return t.day_of(datetime.fromisoformat(value), page.property.time_zone)
    return escape(clip(reason_in_words(value, t) if name == "reason" else value, DETAIL_LIMIT))
