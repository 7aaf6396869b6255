"""All providers of identities, a line each."""

from commands.outside.identity.google import GOOGLE
from commands.outside.identity.provider import Kind
from commands.outside.identity.vk import VK_ID
from commands.outside.identity.yandex import YANDEX

IDENTITY_PROVIDERS: tuple[Kind, ...] = (GOOGLE, YANDEX, VK_ID)
