"""The port to who carries e-mail."""

from commands.outside.mail.call import PORT, SendLetter
from commands.outside.mail.outcomes import command_for
from commands.outside.port import Port

MAIL = Port(name=PORT, calls=(SendLetter,), command_for=command_for)
