"""All ports to the outside, a line each."""

from collections.abc import Mapping

from commands.outside.mail.port import MAIL
from commands.outside.payments.port import PAYMENTS
from commands.outside.port import Port
from commands.outside.sms.port import SMS
from commands.outside.tax.port import TAX

PORTS: Mapping[str, Port] = {port.name: port for port in (PAYMENTS, MAIL, SMS, TAX)}
