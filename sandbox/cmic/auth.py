"""Who is calling: Basic with ``CLIENT||USER``, or a bearer token with a ``cmicuser`` claim (cmic-api §1.2).

The token comes from an identity provider outside CMiC; CMiC checks its signature and claims.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, OctKey, RSAKey
from joserfc.jwt import ClaimsOption

from sandbox.cmic.errors import Problem, Refusal
from sandbox.cmic.messages import Request

CLAIM = "cmicuser"
LEEWAY = 5
"""Seconds by which the clocks of CMiC and of the identity provider may differ."""


@dataclass(frozen=True)
class Credentials:
    """Basic user names (``CLIENT||USER``, or a bare user id on premise) with their passwords, and the token key."""

    basic: Mapping[str, str]
    algorithm: str
    key: OctKey | RSAKey
    issuer: str | None = None
    audience: str | None = None
    users: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "users", frozenset(user_of(name) for name in self.basic))


def import_key(algorithm: str, text: str) -> OctKey | RSAKey:
    """The key that tokens are signed or checked with: a secret (HS256), or PEM text (RS256)."""
    parameters: KeyParameters = {"use": "sig", "alg": algorithm}
    if algorithm == "HS256":
        return OctKey.import_key(text, parameters)
    return RSAKey.import_key(text, parameters)


def user_of(name: str) -> str:
    """The user id in a Basic user name, with or without a client id before it."""
    return name.rpartition("||")[2]


def authenticate(credentials: Credentials, request: Request) -> str:
    """The CMiC user who is calling. Raises Refusal 401."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _basic(credentials, value.strip())
    if scheme.lower() == "bearer":
        return _bearer(credentials, value.strip())
    raise _unauthorized()


def _basic(credentials: Credentials, value: str) -> str:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise _unauthorized() from None
    known = credentials.basic.get(name)
    if known is None or not hmac.compare_digest(known.encode(), password.encode()):
        raise _unauthorized()
    return user_of(name)


def _bearer(credentials: Credentials, value: str) -> str:
    registry = _registry(credentials)
    try:
        token = jwt.decode(value, credentials.key, algorithms=[credentials.algorithm])
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise _unauthorized() from None
    user = token.claims.get(CLAIM)
    if not isinstance(user, str) or user_of(user) not in credentials.users:
        raise _unauthorized()
    return user_of(user)


def _registry(credentials: Credentials) -> jwt.JWTClaimsRegistry:
    issuer: ClaimsOption = {"essential": True, "value": credentials.issuer} if credentials.issuer else {}
    audience: ClaimsOption = {"essential": True, "value": credentials.audience} if credentials.audience else {}
    return jwt.JWTClaimsRegistry(leeway=LEEWAY, exp={"essential": True}, iss=issuer, aud=audience)


def _unauthorized() -> Refusal:
    # The web server in front answers, so no CMiC text and no framework shape (cmic-api §1.7: exact use unknown).
    headers = {"www-authenticate": 'Basic realm="CMiC"'}
    return Refusal(401, Problem("401 Unauthorized"), headers=headers)
