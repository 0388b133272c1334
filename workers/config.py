"""Where everything is: addresses, credentials, and who sits at this keyboard. From the environment (PROCORE_CMIC_...).

What a company may decide about its exports isn't here: that is a setting in the ledger (design §9).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from activities.messages import DEFAULT_ERP_QUEUE, Timing
from domain.permissions import Level, Person
from systems.cmic.config import CmicConfig
from systems.procore.config import ProcoreConfig

STACK = Path(".stack")
STACK_FILE = STACK / "stack.env"


class Config(BaseSettings):
    """`make up` writes its own addresses to .stack/stack.env, which is read where the environment says nothing."""

    model_config = SettingsConfigDict(
        env_prefix="PROCORE_CMIC_",
        env_nested_delimiter="__",
        env_file=(".env", STACK_FILE),
        extra="ignore",
    )

    database_url: SecretStr
    temporal_address: str | None = None
    temporal_namespace: str | None = None
    """Without these, Temporal's own variables and profiles count (TEMPORAL_ADDRESS, TEMPORAL_TLS_...)."""
    task_queue: str = "lifecycle"
    erp_queue_suffix: str = ""
    """Ends the name of the CMiC queue and of its lease: for several installations of the connector on one CMiC address in
    tests. A production address has one queue."""
    procore_company: int = 0
    """The Procore account; the CLI's default."""
    procore: ProcoreConfig
    cmic: CmicConfig
    timing: Timing = Timing()
    posting_every: timedelta = timedelta(minutes=5)
    watchdog_every: timedelta = timedelta(minutes=5)
    health_port: int = 0
    """The worker answers GET /health there; 0: not at all."""
    person_name: str = "administrator"
    person_level: Level = Level.ADMIN
    person_may_push: bool = True
    person_owns_tools: bool = True
    log_level: str = "INFO"

    @property
    def person(self) -> Person:
        """The person this CLI acts as: his name is what the history bears."""
        return Person(
            name=self.person_name,
            erp_level=self.person_level,
            may_push=self.person_may_push,
            owning_tool_admin=self.person_owns_tools,
        )

    @property
    def erp_queue(self) -> str:
        """The task queue of the CMiC connection: one process at a time polls it (design §8). It isn't named after the
        address, so that parked workflows outlive a change of it."""
        return f"{DEFAULT_ERP_QUEUE}{self.erp_queue_suffix}"
