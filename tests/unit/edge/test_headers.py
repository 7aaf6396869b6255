"""What browsers are told with every answer."""

from deploy.http.edge.headers import SECURITY, with_security

JSON = (b"content-type", b"application/json")


def test_every_answer_has_them() -> None:
    assert with_security([]) == list(SECURITY)
    assert with_security([JSON]) == [JSON, *SECURITY]


def test_an_answer_s_own_policy_stands() -> None:
    own = (b"content-security-policy", b"script-src 'self'")
    assert dict(with_security([own])) == dict(SECURITY) | dict([own])
    assert len(with_security([own])) == len(SECURITY)
