"""What a browser shows: that the app is installed, or why not; where a link leads; a question with its button."""

from __future__ import annotations

from html import escape

from billing.i18n import Translator
from billing.values.snapshots import LinkedContact
from bot.views.contacts import kind_name

PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 32rem; margin: 12vh auto; padding: 0 1.25rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
a, button {{ display: inline-block; padding: .6rem 1.1rem; border-radius: .4rem; text-decoration: none }}
a, button {{ background: #0a5461; color: #fff; border: 0; font: inherit; cursor: pointer }}
a:focus-visible, button:focus-visible {{ outline: 3px solid; outline-offset: 2px }}
</style>
<h1>{title}</h1>
<p>{said}</p>
{way_on}
</html>
"""


def installed(name: str, team_id: str | None, app_id: str | None, t: Translator) -> str:
    """The app is in that workspace; the button opens it there."""
    return _leading_on(
        t("Billing desk is installed in {workspace}", workspace=name),
        t("Open Slack and type /billing to begin."),
        f"slack://app?team={team_id or ''}&id={app_id or ''}&tab=messages",
        t("Open Slack"),
        t,
    )


def invoice_link(t: Translator) -> str:
    """Where the link of an invoice leads in a browser, which does not know who looks."""
    said = t(
        "Paste this link into a conversation in Slack: it shows the invoice to those who may see it. For the PDF, "
        "type /billing invoices."
    )
    return _leading_on(t("This invoice is in Slack"), said, "slack://open", t("Open Slack"), t)


def to_confirm(contact: LinkedContact, t: Translator) -> str:
    """What whoever reads that address is asked. Only the button confirms: mail servers follow links, too."""
    said = t(
        "{address} was chosen to get the billing mail of {property}: {kinds}.",
        address=contact.address,
        property=contact.property_name,
        kinds=", ".join(kind_name(kind, t) for kind in contact.kinds),
    )
    button = f'<form method="post"><button>{escape(t("Confirm this address"))}</button></form>'
    return _page(t("Confirm this address?"), said, button, t)


def confirmed(contact: LinkedContact, t: Translator) -> str:
    """The button was pressed."""
    said = t(
        "From now on {address} gets the billing mail of {property}. You can close this page.",
        address=contact.address,
        property=contact.property_name,
    )
    return _page(t("Address confirmed"), said, "", t)


def link_used(t: Translator) -> str:
    """The same for whatever is no link that confirms: nobody learns from it which contacts there are."""
    said = t(
        "It was used already, is older than 7 days, or a newer one was sent. If the address was confirmed, there is "
        "nothing left to do. If not, ask whoever chose it to send a new mail."
    )
    return _page(t("This link can't be used"), said, "", t)


def not_now(t: Translator) -> str:
    """Nothing was done, and it may be tried again."""
    said = t("Nothing was changed. Wait a minute, then try again.")
    return _page(t("That didn't work just now"), said, "", t)


def not_installed(reason: str, t: Translator) -> str:
    """Nothing was installed; `reason` is Slack's or Bolt's name for why."""
    return _leading_on(
        t("Billing desk was not installed"), _why(reason, t), "/slack/install", t("Begin again"), t
    )


def _why(reason: str, t: Translator) -> str:
    match reason:
        case "access_denied":
            return t("You chose not to, and nothing has changed. You can install it whenever you like.")
        case "invalid_browser":
            return t("It was begun in another browser. Begin again in this one, and let it keep cookies.")
        case "invalid_state":
            return t("This link was used before, or is older than ten minutes. Begin again.")
        case "missing_code" | "invalid_code":
            return t("Slack does not take this link any more. Begin again.")
        case "too_many":
            return t("It was begun very often just now. Wait a minute, then begin again.")
    return t("Something is in the way on our side, and nothing was kept. Try again in a few minutes.")


def _leading_on(title: str, said: str, link: str, label: str, t: Translator) -> str:
    return _page(title, said, f'<p><a href="{escape(link, quote=True)}">{escape(label)}</a></p>', t)


def _page(title: str, said: str, way_on: str, t: Translator) -> str:
    return PAGE.format(language=t.language, title=escape(title), said=escape(said), way_on=way_on)
