"""Where an embedded stack finds its providers of identities and carriers of text messages: at the
sandbox, but for those that the environment names.
"""

from collections.abc import Mapping

CLIENT_ID = "market"


def stand_ins_of(sandbox_url: str, secret: str, given: Mapping[str, str]) -> dict[str, str]:
    """Settings of the stand-ins. Of a provider that anything is given of, none is ours: its real
    id goes to nobody but itself.
    """
    stand_ins = {
        "MARKET_GOOGLE_": {
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": secret,
            "ISSUER": f"{sandbox_url}/google",
        },
        "MARKET_YANDEX_": {
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": secret,
            "OAUTH": f"{sandbox_url}/yandex",
            "LOGIN": f"{sandbox_url}/yandex",
        },
        "MARKET_VK_": {"CLIENT_ID": CLIENT_ID, "URL": f"{sandbox_url}/vk"},
        "MARKET_NPD_": {"URL": f"{sandbox_url}/npd"},
        "MARKET_DADATA_": {"KEY": secret, "URL": f"{sandbox_url}/dadata"},
        "MARKET_SMS_BY": {"": "smsc"},
        "MARKET_SMSC_": {"LOGIN": CLIENT_ID, "PASSWORD": secret, "URL": f"{sandbox_url}/smsc"},
        "MARKET_SMSRU_": {"API_ID": secret, "URL": f"{sandbox_url}/smsru"},
    }
    return {
        f"{prefix}{name}": value
        for prefix, settings in stand_ins.items()
        if not any(one.startswith(prefix) for one in given)
        for name, value in settings.items()
    }
