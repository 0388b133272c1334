"""One CMiC environment: its books, its settings, its clock and who may do what."""

from datetime import UTC, datetime, timedelta

from sandbox.cmic.books import Books
from sandbox.cmic.naming import Names
from sandbox.cmic.resources import TABLES
from sandbox.cmic.security import Security
from sandbox.cmic.selections import Selections
from sandbox.cmic.settings import Settings
from sandbox.cmic.values import moment


class Tenant:
    """Everything a request handler needs besides the request."""

    def __init__(self, environment: str, books: Books, settings: Settings, security: Security) -> None:
        self.environment = environment
        self.books = books
        self.security = security
        self.requests_served = 0
        self.initial_settings = settings
        self._settings = settings
        self._names = _names(settings)
        self.selections = Selections(books)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings = settings
        self._names = _names(settings)
        # Kept lists are known by expressions in the names that were.
        self.selections = Selections(self.books)

    def names(self, resource: str) -> Names:
        """The attribute names of a resource as this tenant spells them."""
        return self._names[resource]

    def methods(self, resource: str) -> frozenset[str]:
        """The methods that a resource allows in this tenant."""
        return TABLES[resource].methods | frozenset(self._settings.extra_methods.get(resource, ()))

    def now(self) -> datetime:
        """The database's clock, which may be off by the configured seconds."""
        return datetime.now(UTC) + timedelta(seconds=self._settings.clock_offset_seconds)

    def stamp(self) -> str:
        """The database's time as rows carry it."""
        return moment(self.now())


def _names(settings: Settings) -> dict[str, Names]:
    return {name: Names(table, settings.renames.get(name, {})) for name, table in TABLES.items()}
