"""The port to payment providers."""

from commands.outside.payments.call import PaymentCall
from commands.outside.payments.outcomes import command_for
from commands.outside.port import Port

PAYMENTS = Port(name=PaymentCall.port, call_type=PaymentCall, command_for=command_for)
