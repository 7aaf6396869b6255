"""Where somebody is sent to: who they are is clicked, or said by `login_hint`."""

from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.response import Redirect

from deploy.sandbox.identity.people import Asked, Desk, Person

type Answer = Response[Any]
REQUIRED = ("client_id", "redirect_uri", "state", "code_challenge")


def authorize(desk: Desk, request: Request[Any, Any, Any], *, with_device: bool = False) -> Answer:
    """Back with a code; PKCE with S256 is asked for, as VK does and the others may."""
    query = request.query_params
    missing = [name for name in REQUIRED if not query.get(name)]
    if missing or query.get("response_type") != "code":
        return _said(f"missing: {', '.join(missing) or 'response_type=code'}")
    if query["client_id"] != desk.client_id or query.get("code_challenge_method") != "S256":
        return _said("unknown client_id, or code_challenge_method is not S256")
    asked = Asked(
        client_id=query["client_id"],
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        nonce=query.get("nonce", ""),
        challenge=query["code_challenge"],
    )
    person = desk.people.get(query.get("login_hint", ""))
    if person is None:
        return _choice(desk, request)
    return _back(desk, asked, person, with_device=with_device)


def _back(desk: Desk, asked: Asked, person: Person, *, with_device: bool) -> Answer:
    if person.subject.startswith("denies"):
        return _redirect(asked, {"error": "access_denied", "state": asked.state})
    code, grant = desk.grant(asked, person)
    device = {"device_id": grant.device_id} if with_device else {}
    return _redirect(asked, {"code": code, "state": asked.state, **device})


def _redirect(asked: Asked, query: dict[str, str]) -> Answer:
    mark = "&" if "?" in asked.redirect_uri else "?"
    return Redirect(f"{asked.redirect_uri}{mark}{urlencode(query)}")


def _choice(desk: Desk, request: Request[Any, Any, Any]) -> Answer:
    """A page that a browser can click through."""
    asked = [(name, value) for name, value in request.query_params.items() if name != "login_hint"]
    links = "".join(
        f'<li><a href="?{escape(urlencode([*asked, ("login_hint", one)]))}">{escape(one)}</a></li>'
        for one in desk.people
    )
    page = f"<!doctype html><title>Sign in (sandbox)</title><h1>Who are you?</h1><ul>{links}</ul>"
    return Response(page, media_type="text/html; charset=utf-8")


def _said(what: str) -> Answer:
    return Response(what, status_code=HTTPStatus.BAD_REQUEST, media_type="text/plain")
