"""The face of a mail, that of the invoice: the seller, what it is and for how much, a few lines, one button."""

from __future__ import annotations

from html import escape

from billing.adapters.mail.letters import Letter

INK, MUTED, HAIRLINE = "#1a1c21", "#5c616b", "#bdc2c7"
FONT = "'IBM Plex Sans',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def as_html(letter: Letter, language: str) -> str:
    """The letter as HTML for mail programs: tables and styles in place, nothing that is loaded from elsewhere."""
    rows = [
        _seller(letter),
        _what(letter),
        *(_line(line) for line in (*letter.lines, *letter.ways)),
        _button(letter),
        _foot(letter),
    ]
    sheet = (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:560px;background:#ffffff;border-top:3px solid {letter.accent}">{"".join(rows)}</table>'
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(letter.subject)}</title></head>"
        f'<body style="margin:0;padding:24px 12px;background:#f3f4f5;color:{INK};font-family:{FONT}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
        f"{sheet}</td></tr></table></body></html>"
    )


def _seller(letter: Letter) -> str:
    return _row(escape(letter.seller), f"padding:28px 32px 20px;font-size:16px;font-weight:600;color:{INK}")


def _what(letter: Letter) -> str:
    """The name of the document or matter, with its amount large below."""
    name = f'<div style="font-size:14px;line-height:20px;color:{MUTED}">{escape(letter.title)}</div>'
    amount = (
        f'<div style="font-size:32px;line-height:42px;font-weight:600;color:{letter.accent};'
        f'font-variant-numeric:tabular-nums">{escape(letter.amount)}</div>'
    )
    return _row(name + amount, f"padding:20px 32px 16px;border-top:1px solid {HAIRLINE}")


def _line(line: str) -> str:
    return _row(escape(line), "padding:0 32px 8px;font-size:15px;line-height:22px")


def _button(letter: Letter) -> str:
    if not letter.link or not letter.link[1].startswith(("https://", "http://")):
        return ""
    label, url = letter.link
    style = (
        f"display:inline-block;background:{letter.accent};color:#ffffff;font-size:15px;font-weight:600;"
        "line-height:20px;padding:11px 22px;border-radius:4px;text-decoration:none"
    )
    return _row(f'<a href="{escape(url)}" style="{style}">{escape(label)}</a>', "padding:16px 32px 4px")


def _foot(letter: Letter) -> str:
    style = f"padding:16px 32px 28px;border-top:1px solid {HAIRLINE};font-size:12px;line-height:18px;color:{MUTED}"
    return _row("", "padding:12px 0") + _row(escape(" · ".join(letter.foot)), style)


def _row(content: str, style: str) -> str:
    return f'<tr><td style="{style}">{content}</td></tr>'
