"""Actions, CMiC's procedure calls: always 200, and the ``result`` text tells whether it worked (cmic-api §1.5).

Only ``postcm`` is here: it posts a PCI. PCIs are not among the stand-in's resources, so it finds none and says so in
the documented shape: the reason with the key, the approved flag and the status. There is no ``checkunpostedrfps``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.cmic.errors import bad, jbo
from sandbox.cmic.messages import ACTION, ACTION_RESULT, Request, Response, answer, check_content_type
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import parse_day

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """One action resource: where it lives, its name, its parameters, and what it does.

    ``run`` returns the result text: ``SUCCESS`` or the reason why not.
    """

    application: str
    resource: str
    name: str
    parameters: frozenset[str]
    run: Callable[[Tenant, Parameters], str]


def _post_cm(tenant: Tenant, parameters: Parameters) -> str:
    company, job, code = (str(parameters[name]) for name in ("compCode", "jobCode", "chgCode"))
    if parse_day(str(parameters["postDate"])) is None:
        return f"Post Date {parameters['postDate']} is not a valid date."
    if tenant.books.one("jcjob", company, job) is None:
        return f"Job {job} does not exist in company {company}."
    key = f"Company Code: {company}, Job Code: {job}, Change Code: {code}"
    return f"PCI cannot be posted. {key}, Approved Flag: N, PCI Status: NOT FOUND"


POST_CM = Action("cm-rest-api", "postcm", "postCm", frozenset({"compCode", "jobCode", "chgCode", "postDate"}), _post_cm)

ACTIONS: dict[tuple[str, str, str, str], Action] = {
    (action.application, "rest", "1", action.resource): action for action in (POST_CM,)
}
"""(application, rest root, version, resource) -> action."""


def run(tenant: Tenant, request: Request, action: Action) -> Response:
    """Do an action. Raises Refusal for a body that is no call of it."""
    check_content_type(request, ACTION)
    parameters = _parameters(request.json(), action)
    with tenant.books.transaction():
        result = action.run(tenant, parameters)
    return answer(request, 200, ACTION_RESULT, {"result": result})


def _parameters(body: Any, action: Action) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("name") != action.name or not isinstance(body.get("parameters"), list):
        raise bad(jbo(29114, f"The payload is not a call of action {action.name}."))
    parameters: dict[str, Any] = {}
    for entry in body["parameters"]:
        if not isinstance(entry, dict) or len(entry) != 1:
            raise bad(jbo(29114, "Each parameter is an object with one name."))
        parameters.update(entry)
    if set(parameters) != action.parameters:
        raise bad(jbo(29114, f"Action {action.name} takes {', '.join(sorted(action.parameters))}."))
    return parameters
