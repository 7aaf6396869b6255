"""The port to payment providers."""

from commands.outside.payments.call import PORT, Charge, Payout, Refund
from commands.outside.payments.outcomes import command_for
from commands.outside.port import Port

PAYMENTS = Port(name=PORT, calls=(Charge, Refund, Payout), command_for=command_for)
