"""`python -m sandbox.procore`: starts the stand-in, says in one JSON line where it listens, runs until a signal."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from pathlib import Path

from sandbox.procore.app import App
from sandbox.procore.assumptions import Assumptions
from sandbox.procore.house import FIRST_ID, House, Settings
from sandbox.procore.limits import Limits
from sandbox.procore.seeding import document, enter
from sandbox.procore.server import cut, served


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.procore", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--state", type=Path, metavar="FILE", help="keep the books in this SQLite file")
    kept.add_argument("--no-state", action="store_true", help="keep the books in memory only (the default)")
    parser.add_argument("--seed", default="demo", metavar="demo|none|PATH.json", help="what empty books begin with")
    parser.add_argument("--traffic", type=Path, metavar="FILE.jsonl", help="write every exchange to this file")
    parser.add_argument("--limits", choices=("on", "off"), default="on")
    parser.add_argument("--hourly", type=int, default=3600, help="requests an hour")
    parser.add_argument("--spike", type=int, default=100, help="requests in ten seconds")
    parser.add_argument("--retry-after", choices=("on", "off"), help="whether a 429 has a Retry-After header")
    parser.add_argument("--client-id", default="demo-client")
    parser.add_argument("--client-secret", default="demo-secret")
    parser.add_argument("--token-seconds", type=int, default=5400, help="how long an access token lives")
    parser.add_argument("--first-id", type=int, default=FIRST_ID, help="the first id given to a new record")
    parser.add_argument("--assume", action="append", default=[], metavar="NAME=VALUE", help="change an assumption")
    return parser


def _assumptions(arguments: argparse.Namespace) -> Assumptions:
    assumptions = Assumptions()
    for pair in arguments.assume:
        name, _, value = pair.partition("=")
        assumptions.change(name, value)
    if arguments.retry_after:
        assumptions.change("retry_after_on_429", arguments.retry_after)
    return assumptions


def _house(arguments: argparse.Namespace) -> House:
    settings = Settings(
        client_id=arguments.client_id,
        client_secret=arguments.client_secret,
        token_seconds=arguments.token_seconds,
        state=arguments.state,
        traffic=arguments.traffic,
        first_id=arguments.first_id,
        seed=document(arguments.seed),
    )
    limits = Limits(enabled=arguments.limits == "on", hourly=arguments.hourly, spike=arguments.spike)
    house = House.built(settings, limits, _assumptions(arguments))
    if house.books.empty:
        enter(house, settings.seed)
        house.books.commit()
    return house


def main() -> int:
    """Run the stand-in; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args()
    # The server raises the signal again once it has shut down; a stop that was asked for is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        house = _house(arguments)
    except (OSError, ValueError, sqlite3.Error) as error:
        parser.error(str(error))
    try:
        served(App(house, cut), arguments.host, arguments.port)
    except OSError as error:
        print(f"procore sandbox: {error}", file=sys.stderr)
        return 1
    finally:
        house.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
