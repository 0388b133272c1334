"""Actions, CMiC's procedure calls: always 200, and the ``result`` text tells whether it worked (cmic-api §1.5).

``postcm`` posts a PCI, or says in the documented shape why not: the reason with the key, the approved flag and the
status. ``checkunpostedrfps`` is called with a flat body instead of a name and parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.cmic import posting
from sandbox.cmic.errors import bad, jbo
from sandbox.cmic.messages import ACTION, ACTION_RESULT, Request, Response, answer, check_content_type
from sandbox.cmic.rules.change_items import APPROVED, pending_type
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import parse_day
from sandbox.cmic.voucher_actions import FILTERS, VOID_PARAMETERS, unposted_requests, void_or_delete

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """One action resource: where it lives, its name, its parameters, and what it does.

    ``run`` returns the result text: ``SUCCESS`` or the reason why not. A ``flat`` body is an object of its parameters,
    each of which may be left out.
    """

    application: str
    resource: str
    name: str
    parameters: frozenset[str]
    run: Callable[[Tenant, Parameters], str]
    flat: bool = False


def _post_cm(tenant: Tenant, parameters: Parameters) -> str:
    company, job, code = (str(parameters[name]) for name in ("compCode", "jobCode", "chgCode"))
    if parse_day(str(parameters["postDate"])) is None:
        return f"Post Date {parameters['postDate']} is not a valid date."
    if tenant.books.one("jcjob", company, job) is None:
        return f"Job {job} does not exist in company {company}."
    key = f"Company Code: {company}, Job Code: {job}, Change Code: {code}"
    header = tenant.books.one("cmmast", company, job, code)
    if header is None:
        return f"PCI cannot be posted. {key}, Approved Flag: N, PCI Status: NOT FOUND"
    if reason := posting.obstacle(tenant, header):
        approved = "Y" if pending_type(tenant, header) == APPROVED else "N"
        status = header["CmmPrepostStatCode"]
        return f"PCI cannot be posted. {reason} {key}, Approved Flag: {approved}, PCI Status: {status}"
    posting.post(tenant, header, str(parameters["postDate"]))
    return "SUCCESS"


POST_CM = Action("cm-rest-api", "postcm", "postCm", frozenset({"compCode", "jobCode", "chgCode", "postDate"}), _post_cm)

CHECK_RFPS = Action("ap-rest-api", "checkunpostedrfps", "", frozenset(FILTERS), unposted_requests, flat=True)
VOID_VOUCHER = Action("ap-rest-api", "voiddeletevoucher", "voidDeleteVoucher", VOID_PARAMETERS, void_or_delete)

ACTIONS: dict[tuple[str, str, str, str], Action] = {
    (action.application, "rest", "1", action.resource): action for action in (POST_CM, CHECK_RFPS, VOID_VOUCHER)
}
"""(application, rest root, version, resource) -> action."""


def run(tenant: Tenant, request: Request, action: Action) -> Response:
    """Do an action. Raises Refusal for a body that is no call of it."""
    check_content_type(request, ACTION)
    parameters = (_flat if action.flat else _parameters)(request.json(), action)
    with tenant.books.transaction():
        result = action.run(tenant, parameters)
    return answer(request, 200, ACTION_RESULT, {"result": result})


def _flat(body: Any, action: Action) -> dict[str, Any]:
    if not isinstance(body, dict) or not all(value is None or isinstance(value, str) for value in body.values()):
        raise bad(jbo(29114, f"The payload of {action.resource} is not an object of texts."))
    if not action.parameters.issuperset(body):
        raise bad(jbo(29114, f"Action {action.resource} takes {', '.join(sorted(action.parameters))}."))
    return body


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
