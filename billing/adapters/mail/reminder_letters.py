"""What billing contacts are mailed ahead of a charge: a year that renews, a trial that ends, a card that expires."""

from __future__ import annotations

from collections.abc import Iterator

from billing.adapters.mail.letters import Letter, plain_letter
from billing.backup_words import backed
from billing.i18n import Translator
from billing.values.card_names import card_name_of
from billing.values.documents import Seller
from billing.values.events import CardReminder, Reminder, TrialReminder


def reminder(event: Reminder, seller: Seller, t: Translator) -> Letter:
    """What comes, when, and what pays for it."""
    date = t.day_of(event.charge_at, event.time_zone)
    said = {
        "what": f"{event.add_on} {event.plan}",
        "property": event.property_name,
        "card": card_name_of(event.card),
        "date": date,
    }
    subject, sentence = _what_comes(event, said, t)
    lines = (" ".join([sentence, *_scheduled(event, t)]), " ".join(_charge(event, said, t)))
    return plain_letter(subject, said["what"], date, lines, seller, t)


def _what_comes(event: Reminder, said: dict[str, str], t: Translator) -> tuple[str, str]:
    """Subject and sentence."""
    if isinstance(event, CardReminder):
        return t("Reminder: the card for {what} expires before {date}", **said), t(
            "{card}, which pays for {what} of {property}, is valid until {last_day}, and its next charge comes after "
            "that.",
            last_day=t.date(event.valid_to),
            **said,
        )
    if isinstance(event, TrialReminder):
        return t("Reminder: the free trial of {what} ends on {date}", **said), t(
            "The free trial of {what} of {property} ends on {date}, and it continues as a paid plan.", **said
        )
    return t("Reminder: {what} renews on {date}", **said), t(
        "{what} of {property} renews for another year on {date}.", **said
    )


def _scheduled(event: Reminder, t: Translator) -> Iterator[str]:
    if event.next_terms is not None:
        yield t("As scheduled, it changes to {next} then.", next=event.next_terms.counted)


def _charge(event: Reminder, said: dict[str, str], t: Translator) -> Iterator[str]:
    """Who pays which part."""
    if event.minor:
        yield t("Next charge: {amount} with VAT on {date}.", amount=t.money(event.charge), date=said["date"])
    if event.credit_minor > 0:
        yield t("{credit} comes from the credit balance.", credit=t.money(event.credit))
    if event.credit_minor < 0:
        yield t("That includes {carried} from earlier invoices.", carried=t.money(-event.credit))
    if event.carried_minor > 0:
        yield t(
            "{carried} is too little to charge and goes on the invoice after it.",
            carried=t.money(event.carried),
        )
    if not event.minor:
        return
    if isinstance(event, CardReminder):
        yield t("Another card can be chosen before then.")
        yield from backed(event, card_name_of, t)
    elif event.card:
        yield t("It is charged to {card}.", card=said["card"])
    else:
        yield t("It has no card yet.")
