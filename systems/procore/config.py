"""Where Procore is, and how the connector asks it (procore-api §1, §2)."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class ProcoreConfig(BaseModel):
    """One Procore environment and the credentials of one service account. Times in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_url: str
    """API host, such as https://api.procore.com."""
    login_url: str
    """Login host, such as https://login.procore.com. Credentials of one environment don't work in another."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    deadline_seconds: float = Field(default=65, gt=0, le=600)
    """For one request and its whole answer."""
    page_size: int = Field(default=500, ge=1, le=2000)
    """Rows a page of a list; Procore's guidance is at most 2,000 (procore-api §2)."""
    max_in_flight: int = Field(default=8, ge=1, le=64)
    """Requests at the same time, over all objects of this process."""
    max_answer_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    sync_lines_by_id: bool = False
    """ASSUMPTION, off until probed on site: the line sync endpoints of commitments take an `id`. Procore's tutorial says
    that every sync endpoint does (procore-api §3), but the published bodies of these two have no such key. Off: each line
    is updated by a request of its own."""

    budget_view: str | None = Field(default=None, min_length=1)
    """The name or id of the budget view that budgets and forecasts are read from. None: a project's first view with a
    column called Estimated Cost at Completion, else its first."""

    @field_validator("api_url", "login_url")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL is needed that begins with https:// (or http://)")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the URL may have a host, a port and a path, nothing else")
        return value.strip().rstrip("/")

    @field_validator("client_secret")
    @classmethod
    def _is_not_empty(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value():
            raise ValueError("the client secret is empty")
        return value
