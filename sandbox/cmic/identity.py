"""The identity provider outside CMiC, played by the stand-in: OAuth 2.0 client credentials (cmic-api §1.2).

``POST /_identity/oauth2/v2.0/token``, form encoded, as Microsoft Entra's token endpoint; a tenant may stand before
``oauth2``. No refresh tokens. Its tokens carry the ``cmicuser`` claim.
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.cmic.auth import CLAIM, Credentials
from sandbox.cmic.jsontext import Json, dump
from sandbox.cmic.messages import JSON, Request, Response

PREFIX = "/_identity/"
TOKEN_PATH = "oauth2/v2.0/token"


@dataclass(frozen=True)
class OAuthClient:
    """A registered client: its secret, and the CMiC service account its tokens name."""

    secret: str
    user: str


class IdentityProvider:
    """Issues tokens to registered clients."""

    def __init__(self, clients: Mapping[str, OAuthClient], credentials: Credentials) -> None:
        self._clients = clients
        self._credentials = credentials

    def token(self, request: Request, lifetime: int) -> Response:
        """Answer a token request; ``lifetime`` in seconds."""
        if not request.path.endswith(f"/{TOKEN_PATH}") or request.method != "POST":
            return _error(404, "not_found", "There is no such endpoint.")
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request", "The body must be form encoded.")
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        return self._grant(form, lifetime)

    def _grant(self, form: Mapping[str, str], lifetime: int) -> Response:
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", "Only client_credentials is supported.")
        client_id = form.get("client_id", "")
        client = self._clients.get(client_id)
        secret = form.get("client_secret", "")
        if client is None or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            return _error(401, "invalid_client", "The client id or secret is wrong.")
        if form.get("scope") != f"api://{client_id}/.default":
            return _error(400, "invalid_scope", f"The scope must be api://{client_id}/.default.")
        if not _can_sign(self._credentials):
            return _error(400, "server_error", "Only a public key is configured, so no token can be signed.")
        body: Json = {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": sign(self._credentials, client_id, client.user, lifetime),
        }
        return Response(200, JSON, dump(body), {"cache-control": "no-store"})


def sign(credentials: Credentials, client_id: str, user: str, lifetime: int) -> str:
    """A token that names the CMiC user and ends after ``lifetime`` seconds."""
    now = int(time.time())
    claims: dict[str, object] = {"sub": client_id, CLAIM: user, "iat": now, "nbf": now, "exp": now + lifetime}
    claims["iss"] = credentials.issuer or "sandbox-identity-provider"
    claims["aud"] = credentials.audience or f"api://{client_id}"
    return jwt.encode({"alg": credentials.algorithm}, claims, credentials.key, algorithms=[credentials.algorithm])


def _can_sign(credentials: Credentials) -> bool:
    return not isinstance(credentials.key, RSAKey) or credentials.key.is_private


def _error(status: int, error: str, description: str) -> Response:
    return Response(status, JSON, dump({"error": error, "error_description": description}))
