"""The budget amounts of a job's cost code and category (cmic-api §4.2; attribute names: A-07).

Current = original + posted changes, so it is read-only and follows. Once the job is started, original amounts change
only through an original budget PCI. The projected amount may be entered at any time (A-16). That there is a current
revenue amount beside the original one is assumed.
"""

from decimal import Decimal

from sandbox.cmic.errors import rule
from sandbox.cmic.rules.base import job
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant

CURRENT_OF = {"JcatOrigBudgAmt": "JcatCurrBudgAmt", "JcatOrigRevBudgAmt": "JcatCurrRevBudgAmt"}
"""Original amount -> the current amount that follows it."""


def money(value: Value) -> Decimal:
    """An amount; nothing counts as zero."""
    return value if isinstance(value, Decimal) else Decimal(0)


def patched(tenant: Tenant, old: Row, new: Row) -> Row:
    """The amounts after a person or a caller entered original ones. Raises Refusal when the job is started."""
    result = dict(new)
    for original, current in CURRENT_OF.items():
        if new[original] == old[original]:
            continue
        if job(tenant, old["JcatCompCode"], old["JcatJobCode"])["JobStartedFlag"] == "Y":
            raise rule(f"Job {old['JcatJobCode']} is started: original amounts change by an original budget PCI only.")
        result[current] = money(old[current]) + money(new[original]) - money(old[original])
    return result


def projected(method: Value, before: Row, current: Decimal, change: Decimal) -> Decimal:
    """The projected amount after a posted change: ``A`` adds it, ``R`` takes the highest of the new current budget, what
    was spent, and the old projection.
    """
    old = money(before["JcatProjAmt"])
    return old + change if method == "A" else max(current, money(before["JcatSpentAmt"]), old)
