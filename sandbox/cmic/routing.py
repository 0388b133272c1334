"""The URL: ``/{environment}/{application}/{rest-root}/{version}/{resource}[/{key}]`` (cmic-api §1.1).

Subcontracts live in ``pm-rest-api``, vendors in ``ap-rest-api``, partners in ``sys-rest-api``, job cost in
``jc-rest-api``; companies under ``glrestapi/rest/v1``. A known resource in another application is not found.
"""

from dataclasses import dataclass
from typing import Literal

from sandbox.cmic.actions import ACTIONS, Action
from sandbox.cmic.errors import Problem, Refusal
from sandbox.cmic.resources import APPLICATIONS
from sandbox.cmic.schema import Table
from sandbox.cmic.targets import BATCH_RESOURCE

What = Literal["batch", "catalogue", "describe", "collection", "item", "children", "action"]


@dataclass(frozen=True)
class Route:
    """What a path leads to: ``resource`` is the name API Security and faults know it by."""

    what: What
    application: str
    resource: str
    tables: tuple[Table, ...] = ()
    key: str | None = None
    child: str = ""
    action: Action | None = None

    @property
    def table(self) -> Table:
        """The one resource that is meant."""
        return self.tables[0]


def route(environment: str, path: str) -> Route:
    """Where a path leads. Raises Refusal 404."""
    parts = path.strip("/").split("/")
    if len(parts) < 3 or parts[0] != environment:
        raise _not_found(path)
    application, root, rest = parts[1], parts[2], parts[3:]
    if not rest:
        return _batch(path, application, root)
    found = _below(application, root, rest[0], rest[1:])
    if found is None:
        raise _not_found(path)
    return found


def _batch(path: str, application: str, root: str) -> Route:
    if root not in {known for known, _ in APPLICATIONS.get(application, {})}:
        raise _not_found(path)
    return Route("batch", application, BATCH_RESOURCE)


def _below(application: str, root: str, version: str, rest: list[str]) -> Route | None:
    tables = APPLICATIONS.get(application, {}).get((root, version), {})
    match rest:
        case ["describe"] if tables:
            return Route("catalogue", application, "describe", tuple(tables.values()))
        case [name] if action := ACTIONS.get((application, root, version, name)):
            return Route("action", application, name, action=action)
        case [name] if name in tables:
            return Route("collection", application, name, (tables[name],))
        case [name, "describe"] if name in tables:
            return Route("describe", application, name, (tables[name],))
        case [name, key] if name in tables:
            return Route("item", application, name, (tables[name],), key)
        case [name, key, "child", child] if name in tables:
            return Route("children", application, name, (tables[name],), key, child)
    return None


def _not_found(path: str) -> Refusal:
    return Refusal(404, Problem(f"The resource {path} does not exist."))
