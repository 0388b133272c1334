"""One crash case: where the worker dies, and in which story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from activities.messages import Timing
from tests.crash.stories import Story
from tests.support import IMPATIENT

RESTLESS = Timing(patience=timedelta(seconds=6), retry_every=timedelta(seconds=3), heartbeat=timedelta(seconds=4))
"""So that patience ends while a test waits."""
AROUND = ("before", "recorded.uncommitted", "recorded.committed", "recorded.after")
"""Where a decision can be cut: it isn't there, isn't there yet, is there, is there and about to be reported."""


@dataclass(frozen=True)
class Case:
    crash: str
    story: Story
    about: str = ""
    timing: Timing = IMPATIENT

    @property
    def name(self) -> str:
        return f"{self.crash}, {self.about}" if self.about else self.crash

    @property
    def kind(self) -> str:
        """Whose point it is: the commitment's, where no kind is named."""
        found = re.search(r"@(\w+):", self.crash)
        return found[1] if found else "commitment"
