"""Project templates, and the settings of a project that belong to the ERP integration (procore-api §4.2, §5).

A project made from a template only remembers it: what a template copies isn't played. The configuration is partner
documentation: an older public guide has its path and body, the reply is our own. What the switch for job cost transactions
does stays with the integration: direct costs are taken either way.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.paging import listed
from sandbox.procore.resources.projects import ERP_SETTINGS, ProjectDesk
from sandbox.procore.values import Fields, Record, text
from sandbox.procore.web import Reply

ROUTES = api_routes()


class ProjectTemplateDesk(Desk):
    """Project templates of a company."""

    table = "project_templates"
    fields: Fields = {"name": text}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A name is required."""
        return required(row, "name")

    def show(self, row: Record) -> Record:
        """The only shape a template has."""
        return {"id": row["id"], "name": row["name"]}


class ProjectConfigurationDesk(ProjectDesk):
    """The same projects, of which only the settings of the ERP integration are written."""

    fields: Fields = ERP_SETTINGS
    internal: Fields = {}

    def show(self, row: Record) -> Record:
        """The settings."""
        return {name: row.get(name) for name in ERP_SETTINGS}


def list_templates(call: Call) -> Reply:
    """GET /rest/v1.0/project_templates."""
    desk = ProjectTemplateDesk(call.house, call.company_scope())
    return listed(call, desk.rows(), desk.show)


def change_configuration(call: Call) -> Reply:
    """PATCH /rest/v1.0/projects/{project_id}/configuration."""
    desk = ProjectConfigurationDesk(call.house, {"company_id": call.company["id"]})
    return Reply(200, desk.show(desk.update(call.project(), call.wrapped("configuration"))))


ROUTES.add("GET", "/rest/v1.0/project_templates", list_templates)
ROUTES.add("PATCH", "/rest/v1.0/projects/{project_id}/configuration", change_configuration)
