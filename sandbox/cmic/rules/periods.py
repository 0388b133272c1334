"""Closed accounting periods of accounts payable (cmic-api §2 knows ``openperiods`` as an endpoint only).

Here a tenant is closed through a date that is set; without one every period is open.
"""

from sandbox.cmic.schema import Value
from sandbox.cmic.tenant import Tenant


def closed(tenant: Tenant, day: Value) -> str | None:
    """Why nothing may be posted on this day, if it may not."""
    through = tenant.settings.ap_closed_through
    if day is None or through is None or str(day) > through:
        return None
    return f"Post Date {day} is in a closed AP period."
