"""Refusals in ADF's and CMiC's words, and how each framework version writes them.

Below framework version 4 an error is a text message; from 4 on it is a structured body (cmic-api §1.3, §1.7). The
``JBO-`` numbers and sentences are ADF's usual ones as far as they are widely known: assumed, not taken from CMiC.
"""

from dataclasses import dataclass
from http import HTTPStatus

from sandbox.cmic.jsontext import Json, dump

STRUCTURED_FROM = 4
"""The framework version from which errors have a structured body (cmic-api §1.3)."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its sentence, its code such as ``JBO-27014``, and the attribute it is about."""

    detail: str
    code: str | None = None
    path: str | None = None

    def text(self) -> str:
        """The problem as one line, as framework versions below 4 write it."""
        return f"{self.code}: {self.detail}" if self.code and not self.detail.startswith(self.code) else self.detail

    def structured(self) -> Json:
        """The problem as an entry of ``o:errorDetails``."""
        entry: dict[str, Json] = {"detail": self.detail}
        if self.code:
            entry["o:errorCode"] = self.code.partition("-")[2]
        if self.path:
            entry["o:errorPath"] = f"/{self.path}"
        return entry


class Refusal(Exception):
    """The request is refused with an HTTP status and one or more problems; nothing of it was committed."""

    def __init__(self, status: int, *problems: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: " + "; ".join(problem.text() for problem in problems))
        self.status = status
        self.problems = problems
        self.headers = headers or {}

    @property
    def title(self) -> str:
        """What HTTP calls this status."""
        return HTTPStatus(self.status).phrase

    def text(self) -> str:
        """The body below framework version 4."""
        return "\n".join(problem.text() for problem in self.problems) or self.title

    def structured(self) -> Json:
        """The body from framework version 4 on. ``status`` is a string (cmic-api §1.7)."""
        body: dict[str, Json] = {"title": self.title, "status": str(self.status)}
        if self.problems:
            body["o:errorDetails"] = [problem.structured() for problem in self.problems]
        return body

    def body(self, framework: int) -> Json:
        """What a failing batch part carries as its payload."""
        return self.structured() if framework >= STRUCTURED_FROM else self.text()

    def structured_bytes(self) -> bytes:
        """The structured body, ready to send."""
        return dump(self.structured())


def bad(problem: Problem) -> Refusal:
    """A refusal with status 400 and one problem."""
    return Refusal(400, problem)


def jbo(number: int, detail: str, path: str | None = None) -> Problem:
    """A validation message of ADF itself."""
    return Problem(detail, f"JBO-{number}", path)


def ora(message: str) -> Problem:
    """A rule of CMiC's database: ``ORA-20001`` and two pseudo-XML elements (cmic-api §1.7).

    CMiC's own message codes are not public, so the code element always holds the no-code marker.
    """
    wrapped = f"<CMIC_ERR_CODE>NO_CODE</CMIC_ERR_CODE><CMIC_ERR_MSG>{message}</CMIC_ERR_MSG>"
    return Problem(f"ORA-20001: {wrapped}", "ORA-20001")


def rule(message: str) -> Refusal:
    """A refusal by a business rule, with the human sentence in ``CMIC_ERR_MSG``."""
    return bad(ora(message))
