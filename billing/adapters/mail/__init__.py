"""Mail: what is written to people, and how it leaves over SMTP."""

from billing.adapters.mail.composing import Letterhead, compose
from billing.adapters.mail.smtp import SmtpMailer

__all__ = ["Letterhead", "SmtpMailer", "compose"]
