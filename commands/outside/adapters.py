"""All providers with an outside, a line each."""

from commands.outside.mail.smtp import SMTP_MAIL
from commands.outside.payments.sandbox import SANDBOX
from commands.outside.port import Provider

ADAPTERS: tuple[Provider, ...] = (SANDBOX, SMTP_MAIL)
