"""The port to who carries text messages. What becomes of one is a notice's as a letter's is."""

from commands.outside.mail.outcomes import command_for
from commands.outside.port import Port
from commands.outside.sms.call import PORT, SendText

SMS = Port(name=PORT, calls=(SendText,), command_for=command_for)
