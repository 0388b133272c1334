"""API Security roles: who may use which method of which resource (cmic-api §1.2, authorisation layer 2).

Everything is granted until it is revoked through the control endpoint.
"""

from dataclasses import dataclass, field

EVERY = "*"


@dataclass
class Security:
    """The revoked (user, resource, method) triples; ``*`` stands for every one."""

    revoked: set[tuple[str, str, str]] = field(default_factory=set)

    def allows(self, user: str, resource: str, method: str) -> bool:
        """Whether no revocation covers this use."""
        return not any(
            (a_user, a_resource, a_method) in self.revoked
            for a_user in (user, EVERY)
            for a_resource in (resource, EVERY)
            for a_method in (method, EVERY)
        )

    def revoke(self, user: str, resource: str, method: str) -> None:
        """Take the right away."""
        self.revoked.add((user, resource, method))

    def grant(self, user: str, resource: str, method: str) -> None:
        """Give it back: every revocation that this one covers ends."""
        wanted = (user, resource, method)
        self.revoked = {
            triple
            for triple in self.revoked
            if not all(mine in (EVERY, theirs) for mine, theirs in zip(wanted, triple, strict=True))
        }
