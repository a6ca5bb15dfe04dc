"""A pretend provider of certified mail (PEC): envelopes and receipts as the technical rules have them, unsigned."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from xml.sax.saxutils import escape

PROVIDER = "posta-certificata@pec.example"
# The subject of each receipt begins with this.
SUBJECTS = {
    "accettazione": "ACCETTAZIONE",
    "non-accettazione": "AVVISO DI NON ACCETTAZIONE",
    "presa-in-carico": "PRESA IN CARICO",
    "avvenuta-consegna": "CONSEGNA",
    "preavviso-errore-consegna": "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO",
    "errore-consegna": "AVVISO DI MANCATA CONSEGNA",
    "rilevazione-virus": "PROBLEMA DI SICUREZZA",
}


def written(sender: str, to: str, subject: str, *files: tuple[str, bytes]) -> EmailMessage:
    """A mail with those files, as somebody writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail.set_content("Messaggio di prova.\n")
    for name, content in files:
        kind = "zip" if name.endswith(".zip") else "xml"
        mail.add_attachment(content, maintype="application", subtype=kind, filename=name)
    return mail


def certified(mail: EmailMessage, at: datetime, sender: str = "") -> bytes:
    """The envelope in which certified mail arrives; `sender` is who certifiedly sent it."""
    by = sender or str(mail["From"])
    outer = _outer(f"POSTA CERTIFICATA: {mail['Subject']}", str(mail["To"]), at, f"Per conto di: {by}")
    outer["X-Trasporto"], outer["Reply-To"] = "posta-certificata", by
    outer.set_content(f"Il messaggio è stato inviato da {by}.\n")
    data = _data("posta-certificata", by, str(mail["To"]), str(mail["Subject"]), "", at)
    outer.add_attachment(data, maintype="application", subtype="xml", filename="daticert.xml")
    outer.add_attachment(mail, filename="postacert.eml")
    return outer.as_bytes()


def anomaly(mail: EmailMessage, at: datetime) -> bytes:
    """The envelope in which a mail arrives that was not certified, whatever it says."""
    outer = _outer(
        f"ANOMALIA MESSAGGIO: {mail['Subject']}", str(mail["To"]), at, f"Per conto di: {mail['From']}"
    )
    outer["X-Trasporto"] = "errore"
    outer.set_content("Anomalia nel messaggio.\n")
    outer.add_attachment(mail, filename="postacert.eml")
    return outer.as_bytes()


def receipt(kind: str, mail: EmailMessage, at: datetime, words: str = "") -> bytes:
    """What the provider says to the sender of the mail, of that `tipo`."""
    outer = _outer(f"{SUBJECTS[kind]}: {mail['Subject']}", str(mail["From"]), at)
    outer["X-Ricevuta"], outer["X-Riferimento-Message-ID"] = kind, str(mail["Message-ID"])
    outer.set_content(f"{SUBJECTS[kind]}\n")
    named = (str(mail["From"]), str(mail["To"]), str(mail["Subject"]), str(mail["Message-ID"]))
    data = _data(kind, *named, at, words)
    outer.add_attachment(data, maintype="application", subtype="xml", filename="daticert.xml")
    return outer.as_bytes()


def _outer(subject: str, to: str, at: datetime, name: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f'"{name}" <{PROVIDER}>' if name else PROVIDER
    mail["To"], mail["Subject"], mail["Date"] = to, subject, format_datetime(at)
    return mail


def _data(
    kind: str, sender: str, to: str, subject: str, message_id: str, at: datetime, words: str = ""
) -> bytes:
    error = "altro" if words else "nessuno"
    extended = f"<errore-esteso>{escape(words)}</errore-esteso>" if words else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<postacert tipo="{kind}" errore="{error}"><intestazione>'
        f'<mittente>{escape(sender)}</mittente><destinatari tipo="certificato">{escape(to)}</destinatari>'
        f"<risposte>{escape(sender)}</risposte><oggetto>{escape(subject)}</oggetto></intestazione><dati>"
        f'<gestore-emittente>PEC DI PROVA</gestore-emittente><data zona="+0000"><giorno>{at:%d/%m/%Y}</giorno>'
        f"<ora>{at:%H:%M:%S}</ora></data><identificativo>prova@pec.example</identificativo>"
        f"<msgid>{escape(message_id)}</msgid>{extended}</dati></postacert>"
    ).encode()
