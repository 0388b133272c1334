"""The bodies of control requests, and how they are read and answered."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic.jsontext import dump, load
from sandbox.cmic.messages import JSON
from sandbox.cmic.security import EVERY

Model = TypeVar("Model", bound=BaseModel)


class Body(BaseModel):
    """A control request; anything unknown in it is refused."""

    model_config = ConfigDict(extra="forbid")


class Subcontract(Body):
    """Which contract or change order, and when it is posted."""

    company: str
    vendor: str
    contract: str
    change_code: str = "000"
    post_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The natural key."""
        return self.company, self.vendor, self.contract, self.change_code


class ChangeItem(Body):
    """Which PCI, and when it is posted."""

    company: str
    job: str
    change_item: str
    post_date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")

    @property
    def key(self) -> tuple[str, str, str]:
        """The natural key."""
        return self.company, self.job, self.change_item


class Settling(Body):
    """Which posted PCIs are to show in the budget; every one when nothing is said."""

    company: str | None = None
    job: str | None = None
    change_item: str | None = None


class JobKey(Body):
    """Which job."""

    company: str
    job: str


class Assignment(Body):
    """A category of a job's cost code."""

    company: str
    job: str
    cost_code: str
    category: str


class Activity(Body):
    """Whether a job or a vendor may be used."""

    company: str
    code: str
    active: bool


class Vendors(Body):
    """How many vendors are entered in a company."""

    company: str
    count: int = Field(ge=1, le=50_000)
    seed: int = 1


class Where(Body):
    """Rows of a resource by attribute values, and new values for them."""

    resource: str
    where: dict[str, Any]
    set: dict[str, Any] = Field(default_factory=dict)


class Right(Body):
    """One API Security right; ``*`` stands for every user, resource or method."""

    action: Literal["grant", "revoke"]
    user: str = EVERY
    resource: str = EVERY
    method: str = EVERY


class Reset(Body):
    """Start again: with empty books or with a named seed."""

    seed: str | None = None


def answer(body: Any, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(dump(body), status, media_type=JSON)


async def read(request: HttpRequest, model: type[Model]) -> Model:
    """The body of a control request. Raises NotJson and ValidationError."""
    return model.model_validate(load(await request.body() or b"{}"))
