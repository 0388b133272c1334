"""What can be changed while the stand-in runs: limits, a tenant's own attribute names, its clock, its licence.

Everything here is the stand-in's own design; it is set by ``/_sandbox/settings`` or at the start by ``--settings``.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.cmic.resources import TABLES

METHODS = frozenset({"GET", "POST", "PATCH", "DELETE"})


class Settings(BaseModel):
    """The tenant as it is set up. Times are seconds unless their name says otherwise."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    limits: bool = True
    max_in_flight: int = Field(default=5, ge=1)
    max_per_second: int = Field(default=15, ge=1)
    latency_ms: int | None = Field(default=None, ge=0)
    cut_after_seconds: float = Field(default=60.0, gt=0)
    clock_offset_seconds: float = 0.0
    licensed: bool = True
    token_seconds: int = Field(default=3600, ge=1)
    unstable_order: bool = False
    batch_limit: int = Field(default=1000, ge=1)
    batch_resources: list[str] | None = None
    pci_lines_unique: bool = False
    pci_transfers_net_to_zero: bool = True
    pci_internal_updates_budget: bool = True
    pci_updates_projection: bool = True
    pci_shows_in_budget_at_once: bool = True
    created_with_children: bool = False
    several_open_rfps: bool = False
    change_orders_in_contract_rfp: bool = True
    ap_closed_through: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    extra_methods: dict[str, list[str]] = Field(default_factory=dict)
    renames: dict[str, dict[str, str]] = Field(default_factory=dict)

    @property
    def latency_seconds(self) -> float:
        """How long every request takes at least: 20 ms while the limits hold, so that "in flight" means something."""
        usual = 20 if self.limits else 0
        return (usual if self.latency_ms is None else self.latency_ms) / 1000

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        for resource in [*self.renames, *self.extra_methods, *(self.batch_resources or [])]:
            if resource not in TABLES:
                raise ValueError(f"there is no resource {resource}")
        for resource, names in self.renames.items():
            _check_renames(resource, names)
        for methods in self.extra_methods.values():
            if not METHODS.issuperset(methods):
                raise ValueError(f"a method is one of {', '.join(sorted(METHODS))}")
        return self


def _check_renames(resource: str, names: dict[str, str]) -> None:
    known = set(TABLES[resource].by_name)
    if unknown := set(names) - known:
        raise ValueError(f"{resource} has no attribute {', '.join(sorted(unknown))}")
    wire = [names.get(name, name) for name in known]
    if len(set(wire)) != len(wire):
        raise ValueError(f"two attributes of {resource} would have the same name")
