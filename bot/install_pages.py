"""What a browser shows while the app is installed: that it is, or why not and what to do."""

from __future__ import annotations

from html import escape

from billing.i18n import Translator

PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 32rem; margin: 12vh auto; padding: 0 1.25rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
a {{ display: inline-block; padding: .6rem 1.1rem; border-radius: .4rem; text-decoration: none }}
a {{ background: #0a5461; color: #fff }}
a:focus-visible {{ outline: 3px solid; outline-offset: 2px }}
</style>
<h1>{title}</h1>
<p>{said}</p>
{way_on}
</html>
"""


def installed(name: str, team_id: str | None, app_id: str | None, t: Translator) -> str:
    """The app is in that workspace; the button opens it there."""
    return _page(
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
    return _page(t("This invoice is in Slack"), said, "slack://open", t("Open Slack"), t)


def not_installed(reason: str, t: Translator) -> str:
    """Nothing was installed; `reason` is Slack's or Bolt's name for why."""
    return _page(t("Billing desk was not installed"), _why(reason, t), "/slack/install", t("Begin again"), t)


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


def _page(title: str, said: str, link: str, label: str, t: Translator) -> str:
    return PAGE.format(
        language=t.language,
        title=escape(title),
        said=escape(said),
        way_on=f'<p><a href="{escape(link, quote=True)}">{escape(label)}</a></p>',
    )
