"""Every refusal has a kind sentence in both languages, and faults stand under their fields."""

from __future__ import annotations

import re

import pytest

from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.errors import BadFields, Fault, Refusal
from billing.values.money import Money
from billing.values.spans import Span
from bot import refusals as slack_refusals
from bot.i18n import words
from bot.sentences import beside_fields, failed, field_errors, sentence
from bot.views import operator_refusals, operators
from tests.bot import sample_plans
from tests.bot.reading import in_both_languages
from tests.bot.sample_documents import REASONS
from tests.bot.sample_people import ENDS, HOSTILE_TEXT, ORDINARY

BAD_FIELDS = BadFields(
    {
        "name": Fault("missing"),
        "street": Fault("too_long", 120),
        "city": Fault("card_number"),
        "region": Fault("control_characters"),
        "extra": Fault("no_font", character="ท"),
        "country": Fault("unknown"),
        "vat_number": Fault("vat_number"),
        "vat_number_of_another": Fault("other_country"),
        "vat_number_too_soon": Fault("too_many_questions"),
        "codice_fiscale": Fault("codice_fiscale"),
        "sdi_code": Fault("sdi_code"),
        "pec": Fault("email"),
        "codice_fiscale_abroad": Fault("only_italian"),
    }
)
REFUSALS: list[Refusal] = [
    refusals.OnHold(),
    refusals.NotFound("invoice"),
    refusals.NoProperty(),
    refusals.NoProperty(("U1", "U2")),
    refusals.NotAllowed("accountant", ()),
    refusals.NotAllowed("admin", ("U1", "U2")),
    refusals.NotAllowed("owner", tuple(f"U{number}" for number in range(300))),
    refusals.OnlyWorkspaceOwners(),
    refusals.LastOwner(),
    refusals.NobodyToReplace(),
    refusals.AlreadyCancelled("U1", ENDS, "Europe/Rome"),
    refusals.AlreadyEnded(ENDS, "Europe/Rome"),
    refusals.BeingRenewed(),
    refusals.NotCancelled(),
    refusals.ChangedMeanwhile(),
    refusals.ChangedMeanwhile("U1", "address.change"),
    BAD_FIELDS,
    errors.UnknownCurrency("XXX"),
    errors.CurrenciesDiffer("EUR", "USD"),
    errors.UnknownTimeZone(HOSTILE_TEXT),
    errors.TaxCaseUnknown("IT", "US"),
    errors.TaxCaseUnknown("IT", "DE", "vat_number"),
    errors.TaxCaseUnknown("IT", "ES", "vat_number", "Islas Canarias"),
    errors.TaxCaseUnknown("IT", "FI", "rule", "AX"),
    refusals.NotSold("ai-assist growth"),
    refusals.AlreadyBought("ai-assist"),
    errors.InvoiceIncomplete("name"),
    errors.InvoiceIncomplete("buyer address"),
    errors.InvoiceIncomplete("buyer tax number"),
    errors.NotSendable("00200", errors.Unfit("{text}", text=HOSTILE_TEXT)),
    refusals.CreditOutOfBounds(Money(1220, "EUR")),
    errors.NotAnAmount("EUR"),
    errors.CatalogueInvalid(errors.Unfit("{text}", text=HOSTILE_TEXT)),
    refusals.GatewayDown(),
    refusals.NoSuchSpan(HOSTILE_TEXT),
    refusals.NothingInSpan(HOSTILE_TEXT),
    refusals.NothingInSpan(HOSTILE_TEXT, Span.read("2026-Q1")),
    refusals.NotSubscribed(HOSTILE_TEXT),
    refusals.UsageTooLate(ENDS),
    refusals.UsageInFuture(ENDS),
    refusals.DownloadTooLarge(Span.read("2026")),
    slack_refusals.NoDirectMessages(),
    refusals.NothingToRefund(Money(1000, "EUR")),
    refusals.RefundNotExact(Money(1226, "KWD"), Money(10, "KWD")),
    refusals.CreditKeyReused("again", HOSTILE_TEXT, Money(1000, "EUR")),
    refusals.RefundKeyReused("again", HOSTILE_TEXT, Money(1000, "EUR")),
    refusals.RefundKeyReused("again", "pay_1", Money(1000, "EUR")),
    refusals.PaymentInProgress(),
    refusals.PaymentInProgress("https://bank.example/confirm?a=1&b=<!channel>|x"),
    refusals.JustPaid(Money(1089, "EUR"), HOSTILE_TEXT, HOSTILE_TEXT),
    *(refusals.PaymentDeclined(reason, for_good=False) for reason in REASONS),
    refusals.PaymentDeclined(HOSTILE_TEXT, for_good=True),
    refusals.AmountNotCharged(Money(24, "EUR"), Money(50, "EUR")),
    refusals.AmountNotCharged(Money(109_800_000, "EUR"), Money(99_999_999, "EUR")),
    refusals.AmountNotExact(Money(1226, "KWD"), Money(10, "KWD")),
    refusals.NotIssued(Money(12078, "EUR")),
    refusals.NotIssued(Money(0, "EUR")),
    refusals.NoPaymentMethod(),
    refusals.Unpaid(),
    refusals.NothingToPay(),
    refusals.PreviewChanged(sample_plans.quote(ORDINARY)),
    refusals.SamePlan(),
    refusals.NothingPending(),
    refusals.BadQuantity(10_000),
    refusals.StillRunning(),
    refusals.CannotPause("month"),
    refusals.CannotPause("year"),
    refusals.NotTransferable(HOSTILE_TEXT),
    refusals.NotOwnerOfBoth(),
    refusals.NotSoldThere(HOSTILE_TEXT),
    refusals.LegacyPrice(),
    refusals.SameProperty(),
    refusals.IsBillingAdmin(("AI Assist",)),
    refusals.BackupPaysAlready(),
    refusals.MethodInUse((HOSTILE_TEXT,) * 30),
    refusals.CreditLeft(Money(1220, "EUR")),
    refusals.RefundDue(Money(1220, "EUR")),
    refusals.PropertyInUse((HOSTILE_TEXT,) * 30),
    slack_refusals.SlackUnavailable(),
    slack_refusals.TriggerExpired(),
    slack_refusals.Outsider(),
    slack_refusals.ForeignWorkspace(),
    slack_refusals.CardNumberTyped(),
    slack_refusals.Outdated(),
    slack_refusals.CannotBeMember(),
    slack_refusals.NotInChannel(),
    slack_refusals.SharedChannel(),
    slack_refusals.NotOffered(),
    slack_refusals.NoSuchSubscription(HOSTILE_TEXT, (), None),
    slack_refusals.NoSuchSubscription(HOSTILE_TEXT * 20, (HOSTILE_TEXT,) * 30, None),
    slack_refusals.NoSuchSubscription("vidoe", ("Video Plus",), HOSTILE_TEXT),
    slack_refusals.NoSuchProperty(HOSTILE_TEXT, (HOSTILE_TEXT,) * 30, None),
    slack_refusals.NoSuchProperty("pizza", ("Piazza",), "Piazza"),
    slack_refusals.TakesNoWords("buy", HOSTILE_TEXT * 20),
    refusals.AskedAlready(),
    refusals.RoleHeld(),
    refusals.RoleGiven("U1", "admin"),
    refusals.RequestDeclined("U1"),
    refusals.OwnRequest(),
    refusals.NotOnTrial(),
    refusals.TrialTooLong(358),
    *(refusals.RequestClosed(state, "U1") for state in ("approved", "declined", "expired")),
    refusals.NeedsApproval(sample_plans.quote(ORDINARY)),
    refusals.NeedsNoApproval(sample_plans.quote(ORDINARY)),
    refusals.NobodyToApprove(Money(50_000, "EUR")),
    refusals.OwnPurchaseRequest(),
    *(
        refusals.PurchaseRequestClosed(state, "U1")
        for state in ("approved", "waiting", "done", "failed", "declined", "withdrawn", "expired")
    ),
    refusals.RequesterLeft("U1"),
    refusals.RequestMoved(),
    refusals.LastContact(),
    refusals.VatNumberInvalid("DE136695976"),
    refusals.ContactInUse((HOSTILE_TEXT,) * 30),
    slack_refusals.NotAnOperator(),
]


def test_every_refusal_is_here() -> None:
    every = {*Refusal.__subclasses__(), *refusals.PreviewChanged.__subclasses__()}
    assert {type(refusal) for refusal in REFUSALS} == every


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: type(refusal).__name__)
@in_both_languages
def test_every_refusal_has_a_sentence(refusal: Refusal, t: Translator) -> None:
    said = sentence(refusal, t)
    assert said.endswith((".", "?"))
    assert len(said) <= 1000
    assert "{" not in said
    assert "<!channel>" not in said


@pytest.mark.parametrize("kind", operator_refusals.SENTENCES, ids=lambda kind: kind.__name__)
@in_both_languages
def test_an_operator_is_sent_to_no_page_of_the_customers(kind: type[Refusal], t: Translator) -> None:
    refused = [refusal for refusal in REFUSALS if type(refusal) is kind]
    said = {sentence(refusal, t, to_operator=True) for refusal in refused}
    assert said.isdisjoint({sentence(refusal, t) for refusal in refused})
    assert {command for one in said for command in re.findall(r"`(/\S+?)[ `]", one)} <= {operators.COMMAND}


@in_both_languages
def test_what_fails_for_an_operator_leads_to_their_own_command(t: Translator) -> None:
    failed_to = operator_refusals.failed("1F2E3D4C", t)
    assert "1F2E3D4C" in failed_to
    for said in (failed_to, operator_refusals.slack_failed(t)):
        assert f"`{operators.COMMAND} {t('find')}`" in said
        assert "{" not in said


def test_a_missing_role_is_named_with_those_who_can_give_it() -> None:
    said = sentence(refusals.NotAllowed("admin", ("U1", "U2")), words("en"))
    assert said == (
        "Only admins and owners of this property can change its billing. Nothing was changed. "
        "Its admins can help: <@U1>, <@U2>."
    )


def test_a_cancelled_one_says_who_and_when() -> None:
    said = sentence(refusals.AlreadyCancelled("U1", ENDS, "Europe/Rome"), words("en"))
    assert said == "Already cancelled by <@U1>. It ends on December 31, 2026 and won't renew."


def test_a_cancellation_of_nobody_that_is_known_names_nobody() -> None:
    said = sentence(refusals.AlreadyCancelled("", ENDS, "Europe/Rome"), words("it"))
    assert said == "Già disdetto. Termina il 31 dicembre 2026 e non si rinnova."


@pytest.mark.parametrize(("day", "date"), [(8, "l’8"), (11, "l’11"), (18, "il 18"), (1, "il 1")])
def test_italian_dates_have_their_article(day: int, date: str) -> None:
    ended = refusals.AlreadyEnded(ENDS.replace(day=day), "Europe/Rome")
    assert sentence(ended, words("it")).startswith(f"Questo abbonamento è terminato {date} dicembre 2026.")


@pytest.mark.parametrize(
    ("message", "customer", "said"),
    [
        ("Invoice *{number}* of {customer}.", "Esempio S.r.l.", "Invoice *2026-1* of Esempio S.r.l."),
        ("Invoice *{number}* of {customer}.", "Bottega Rossi", "Invoice *2026-1* of Bottega Rossi."),
        ("For *{customer}*. Nothing else.", "Esempio S.p.A.", "For *Esempio S.p.A.* Nothing else."),
        ("{customer} has 3.", "Esempio S.r.l.", "Esempio S.r.l. has 3."),
        ("In {folder}/..", "a.", "In a./.."),
    ],
)
def test_a_name_that_ends_with_a_stop_ends_a_sentence_with_one(
    message: str, customer: str, said: str
) -> None:
    named = {"number": "2026-1", "customer": customer, "folder": customer}
    assert words("en")(message, **named) == said


def test_a_payment_that_waits_for_the_bank_leads_there_and_nowhere_else() -> None:
    refusal = refusals.PaymentInProgress(
        "https://bank.example/confirm?a=1&b=<!channel>|x> <http://evil.example"
    )
    said = sentence(refusal, words("en"))
    assert re.findall(r"<[^>]*>", said) == [
        "<https://bank.example/confirm?a=1&amp;b=%3C!channel%3E%7Cx%3E%20%3Chttp://evil.example|confirm it>"
    ]


def test_a_declined_payment_says_why_that_nothing_moved_and_what_to_do() -> None:
    said = sentence(refusals.PaymentDeclined("insufficient_funds", for_good=False), words("en"))
    assert said == (
        "Payment failed: insufficient funds. Nothing was charged or changed. Try again later, or use another card."
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "not_tried",
            "Payments aren't working here right now. No bank was asked, and nothing was charged or changed. "
            "Try again later, or tell whoever runs this app.",
        ),
        (
            "amount_too_small",
            "Payment failed: this amount can't be charged to a card, and no bank was asked. "
            "Nothing was charged or changed.",
        ),
    ],
)
def test_no_bank_and_no_card_is_blamed_where_none_was_asked(reason: str, said: str) -> None:
    assert sentence(refusals.PaymentDeclined(reason, for_good=False), words("en")) == said


@in_both_languages
def test_nobody_is_told_that_a_card_was_reported_stolen(t: Translator) -> None:
    said = sentence(refusals.PaymentDeclined("stolen_card", for_good=True), t)
    assert not re.search("stolen|rubata", said)


def test_what_is_in_use_is_named_and_the_rest_counted() -> None:
    said = sentence(refusals.PropertyInUse(tuple(f"Add-on {number}" for number in range(12))), words("en"))
    assert "Add-on 0, Add-on 1" in said
    assert "and 2 more" in said


@in_both_languages
def test_the_faults_stand_under_their_fields(t: Translator) -> None:
    found = field_errors(BAD_FIELDS, t, BAD_FIELDS.faults.keys())
    assert found.keys() == BAD_FIELDS.faults.keys()
    assert len(set(found.values())) == len(found)
    assert "120" in found["street"]


@in_both_languages
def test_a_fault_of_a_field_that_the_form_has_not_stands_under_its_first(t: Translator) -> None:
    assert field_errors(BadFields({"elsewhere": Fault("missing")}), t, ["name", "city"]).keys() == {"name"}


FORMS = {
    "purchase": ["offer", "quantity", "payment_method_id", "address", "receipts_to"],
    "change": ["plan", "quantity"],
    "transfer": ["subscription_id", "property_id"],
    "address": ["name", "country"],
}


@pytest.mark.parametrize(
    ("refusal", "form", "field"),
    [
        (refusals.NotSold("x"), "purchase", "offer"),
        (refusals.NotSold("x"), "change", "plan"),
        (refusals.AlreadyBought("x"), "purchase", "offer"),
        (refusals.AlreadyBought("x"), "transfer", "property_id"),
        (refusals.NotTransferable("x"), "transfer", "subscription_id"),
        (errors.TaxCaseUnknown("IT", "US"), "purchase", "address"),
        (errors.TaxCaseUnknown("IT", "US"), "address", "country"),
        (refusals.BadQuantity(5), "address", None),
        (refusals.NotAllowed("admin", ()), "change", None),
    ],
    ids=str,
)
def test_a_refusal_stands_beside_the_field_that_it_belongs_to_where_the_form_has_it(
    refusal: Refusal, form: str, field: str | None
) -> None:
    t = words("en")
    expected = {field: sentence(refusal, t)} if field else {}
    assert beside_fields(refusal, t, FORMS[form]) == expected


def test_a_confirmation_without_fields_has_nothing_beside_them() -> None:
    assert beside_fields(BAD_FIELDS, words("en"), []) == {}


def test_a_name_that_nothing_has_is_said_with_what_was_probably_meant() -> None:
    refusal = slack_refusals.NoSuchSubscription("vidoe", ("Video Plus", "AI Assist Growth"), "Video Plus")
    assert (
        sentence(refusal, words("en")) == "No subscription here is called “vidoe”. Did you mean “Video Plus”?"
    )
    assert (
        sentence(refusal, words("it")) == "Qui nessun abbonamento si chiama «vidoe». Intendevi «Video Plus»?"
    )
    unlike = slack_refusals.NoSuchSubscription("remove", ("Video Plus", "AI Assist Growth"), None)
    assert sentence(unlike, words("en")).endswith("This property has Video Plus, AI Assist Growth.")


def test_what_stands_behind_a_word_that_takes_nothing_is_said_in_the_readers_words() -> None:
    refusal = slack_refusals.TakesNoWords("buy", "something")
    assert "`/billing buy` takes nothing after it, so “something”" in sentence(refusal, words("en"))
    assert "Dopo `/billing acquista`" in sentence(refusal, words("it"))


@in_both_languages
def test_an_unforeseen_failure_names_its_reference(t: Translator) -> None:
    assert "1F2E3D4C" in failed("1F2E3D4C", t)


@in_both_languages
def test_the_card_number_sentence_holds_no_digit(t: Translator) -> None:
    said = field_errors(BadFields({"reason": Fault("card_number")}), t, ["reason"])["reason"]
    assert not re.search(r"\d", said)
