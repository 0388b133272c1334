"""HTTP requests and answers as the handlers see them, and ADF's media types (cmic-api §1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.cmic.errors import STRUCTURED_FROM, Problem, Refusal, bad, jbo
from sandbox.cmic.jsontext import Json, NotJson, dump, load

ADF = "application/vnd.oracle.adf."
ITEM = f"{ADF}resourceitem+json"
COLLECTION = f"{ADF}resourcecollection+json"
BATCH = f"{ADF}batch+json"
ACTION = f"{ADF}action+json"
ACTION_RESULT = f"{ADF}actionresult+json"
DESCRIPTION = f"{ADF}description+json"
ERROR = f"{ADF}error+json"
JSON = "application/json"
TEXT = "text/plain"

FROM_THE_SERVER = frozenset({401, 413, 429})
"""Refusals by the servers in front of ADF, which know no framework version."""

DEFAULT_FRAMEWORK = 2
NEWEST_FRAMEWORK = 4


@dataclass(frozen=True)
class Request:
    """One request: ``headers`` by lower-case name, ``query`` decoded, ``client`` the caller's address."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    client: str

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters; the last one wins when one is repeated."""
        return dict(self.query)

    @property
    def host(self) -> str:
        """The host name the caller used, without its port."""
        return self.headers.get("host", "localhost").rsplit(":", 1)[0]

    @property
    def framework(self) -> int:
        """The framework version that the caller asked for; 2 when it names none or no valid one (cmic-api §1.3)."""
        asked = self.headers.get("rest-framework-version", "")
        return int(asked) if asked in ("1", "2", "3", "4") else DEFAULT_FRAMEWORK

    def json(self) -> Any:
        """The body as JSON with exact decimals. Raises Refusal 400."""
        try:
            return load(self.body)
        except NotJson as problem:
            raise bad(jbo(29114, f"The request payload is not valid JSON: {problem}")) from problem


@dataclass(frozen=True)
class Response:
    """One answer, ready to send."""

    status: int
    media: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(request: Request, status: int, media: str, body: Json) -> Response:
    """An answer in ADF's media type, or as plain JSON when that is what the caller asked for."""
    wants_json = ADF not in request.headers.get("accept", "") and JSON in request.headers.get("accept", "")
    return Response(status, JSON if wants_json else media, dump(body))


def refusal(request: Request, problem: Refusal) -> Response:
    """A refusal as the caller's framework version writes it."""
    if request.framework < STRUCTURED_FROM or problem.status in FROM_THE_SERVER:
        return Response(problem.status, TEXT, problem.text().encode(), problem.headers)
    media = JSON if JSON in request.headers.get("accept", "") else ERROR
    return Response(problem.status, media, problem.structured_bytes(), problem.headers)


def check_framework(request: Request) -> None:
    """Refuse a framework version that does not exist."""
    asked = request.headers.get("rest-framework-version")
    if asked is not None and asked not in [str(version) for version in range(1, NEWEST_FRAMEWORK + 1)]:
        raise bad(Problem(f"The REST framework version {asked} is not supported", "JBO-29118"))


def check_accept(request: Request) -> None:
    """Refuse a caller that takes no media type the API has."""
    accepts = request.headers.get("accept", "*/*").lower()
    if not any(media in accepts for media in ("*/*", "application/*", JSON, ADF)):
        raise Refusal(406, Problem(f"None of the media types {accepts} can be produced"))


def check_content_type(request: Request, *allowed: str) -> None:
    """Refuse a body in the wrong media type. Both spellings of ``resourceItem`` pass (cmic-api §1.3)."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in allowed:
        raise Refusal(415, Problem(f"The media type {sent or '(none)'} is not supported by this resource"))
