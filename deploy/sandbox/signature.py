"""The signature that lets the receiver of a webhook know who sent it, and when."""

import hashlib
import hmac

HEADER = "Sandbox-Signature"


def sign(payload: bytes, secret: str, at: int) -> str:
    """Return the value of the signature header for `payload` sent at unix time `at`."""
    # The time is inside the signed text, so that an old delivery cannot be passed off as new.
    signed = f"{at}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
