"""How to reach one CMiC: address, sign-in, limits (S-29; cmic-api §1.1, §1.2, §1.6). Secrets never show in a repr or in
a validation error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an http or https address is needed")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an address without user, query or fragment is needed")
    return text.rstrip("/")


class BasicSignIn(_Model):
    """A CMiC user. Without a client id (on-premise sites) just the user id is sent."""

    mode: Literal["basic"] = "basic"
    client_id: str | None = None
    user: str = Field(min_length=1)
    password: SecretStr


class OAuthSignIn(_Model):
    """Client credentials of an identity provider (Entra, Okta, Google)."""

    mode: Literal["oauth"] = "oauth"
    token_url: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    scope: str = ""

    _checked = field_validator("token_url")(_address)


class CmicConfig(_Model):
    """One address of CMiC's API. Times are in seconds; `window_seconds` is the second of the published limit with a
    margin for the way to CMiC. `skip_attributes` names optional ones that this tenant lacks."""

    base_url: str
    environment: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$")
    sign_in: Annotated[BasicSignIn | OAuthSignIn, Field(discriminator="mode")]
    framework_version: int = Field(default=4, ge=2, le=4)
    media_types: Literal["auto", "adf", "json"] = "auto"
    """A-02: ADF's own types, and plain JSON after a 415; or always ADF's; or plain JSON for single rows."""
    page_size: int = Field(default=500, ge=1, le=1000)
    max_in_flight: int = Field(default=5, ge=1)
    per_second: int = Field(default=15, ge=1)
    window_seconds: float = Field(default=1.05, ge=1)
    deadline_seconds: float = Field(default=65, gt=0)
    connect_seconds: float = Field(default=10, gt=0)
    max_answer_bytes: int = Field(default=48 * 1024 * 1024, gt=0)
    dialect: Path | None = None
    skip_attributes: list[str] = []

    _checked = field_validator("base_url")(_address)

    @property
    def address(self) -> str:
        """Everything before the application."""
        return f"{self.base_url}/{self.environment}" if self.environment else self.base_url
