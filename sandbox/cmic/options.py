"""The command line of ``python -m sandbox.cmic``."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.cmic.auth import Credentials, import_key
from sandbox.cmic.identity import OAuthClient
from sandbox.cmic.settings import Settings

DEMO_BASIC = ("DEMO||CONNECTOR=cmic-demo", "ONPREMISE=cmic-demo")
DEMO_CLIENT = ("connector:oauth-demo:CONNECTOR",)
DEMO_KEY = "the demonstration key of the sandbox's identity provider"


@dataclass(frozen=True)
class Options:
    """How the stand-in is started."""

    host: str
    port: int
    environment: str
    state: Path | None
    seed: str | None
    traffic: Path | None
    settings: Settings
    credentials: Credentials
    clients: dict[str, OAuthClient]


def read(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; ends the process with a message when it is wrong."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        key_text = Path(given.jwt_key_file).read_text() if given.jwt_key_file else given.jwt_key
        return Options(
            host=given.host,
            port=given.port,
            environment=given.environment,
            state=given.state,
            seed=given.seed,
            traffic=given.traffic,
            settings=_settings(given),
            credentials=Credentials(
                basic=dict(_pair(entry, "=") for entry in given.basic or DEMO_BASIC),
                algorithm=given.jwt_algorithm,
                key=import_key(given.jwt_algorithm, key_text),
                issuer=given.jwt_issuer,
                audience=given.jwt_audience,
            ),
            clients=dict(_client(entry) for entry in given.oauth_client or DEMO_CLIENT),
        )
    except (OSError, ValueError) as problem:
        parser.error(str(problem))


def _settings(given: argparse.Namespace) -> Settings:
    chosen = json.loads(given.settings)
    if given.limits is not None:
        chosen["limits"] = given.limits == "on"
    if given.cut_after is not None:
        chosen["cut_after_seconds"] = given.cut_after
    return Settings.model_validate(chosen)


def _pair(entry: str, separator: str) -> tuple[str, str]:
    first, found, second = entry.partition(separator)
    if not (first and found and second):
        raise ValueError(f"{entry!r} is not two parts with {separator!r} between them")
    return first, second


def _client(entry: str) -> tuple[str, OAuthClient]:
    client_id, rest = _pair(entry, ":")
    secret, user = _pair(rest, ":")
    return client_id, OAuthClient(secret, user)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.cmic", description="A strict stand-in for CMiC's REST API."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=0, help="port to listen on; 0 chooses a free one")
    add("--environment", default="cmictest", help="the first part of every path")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--state", type=Path, help="file that the books are kept in")
    kept.add_argument("--no-state", action="store_true", help="keep the books in memory only (the default)")
    add("--seed", help="'demo' or a JSON file; entered when the books are empty")
    add("--limits", choices=("on", "off"), help="the published request limits (on)")
    add("--cut-after", type=float, metavar="SECONDS", help="how long a request may take (60)")
    add("--settings", default="{}", metavar="JSON", help="settings as of /_sandbox/settings")
    add("--traffic", type=Path, metavar="FILE.jsonl", help="file that every request is noted in")
    add("--basic", action="append", metavar="'CLIENT||USER=PASSWORD'", help="a Basic user; may be repeated")
    add("--oauth-client", action="append", metavar="ID:SECRET:CMICUSER", help="an OAuth client; may be repeated")
    add("--jwt-algorithm", choices=("HS256", "RS256"), default="HS256", help="how tokens are signed")
    add("--jwt-key", default=DEMO_KEY, help="the secret, or PEM text, that tokens are checked with")
    add("--jwt-key-file", help="file with that key")
    add("--jwt-issuer", help="the issuer every token must name")
    add("--jwt-audience", help="the audience every token must name")
    return parser
