"""All providers with an outside, a line each."""

from commands.outside.mail.smtp import SMTP_MAIL
from commands.outside.payments.sandbox import SANDBOX
from commands.outside.port import Provider
from commands.outside.sms.smsc import SMSC_RU
from commands.outside.sms.smsru import SMS_RU
from commands.outside.tax.dadata import DADATA
from commands.outside.tax.npd import NPD

ADAPTERS: tuple[Provider, ...] = (SANDBOX, SMTP_MAIL, SMSC_RU, SMS_RU, NPD, DADATA)
