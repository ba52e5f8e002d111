"""Access tokens of OAuth destinations, as far as can be said without asking the platforms."""

from collections.abc import Iterator

from trackyard.control.access_tokens import BAD, token_standings
from trackyard.control.doctor.diagnosis import Diagnosis, Installation, error, ok, warning
from trackyard.destinations import catalogue
from trackyard.pipeline.deliver.clock import SystemClock
from trackyard.pipeline.deliver.config import Configuration
from trackyard.store.revisions import Revisions
from trackyard.store.secrets import Secrets
from trackyard.store.tokens import TokenFiles


def access_tokens(installation: Installation) -> Iterator[Diagnosis]:
    data = installation.data
    if not data.revisions.is_dir():
        return
    secrets = Secrets(data.secrets, installation.environ)
    config = Configuration(Revisions(data.revisions), catalogue(), secrets, SystemClock())
    standings = list(token_standings(config, TokenFiles(data.tokens, data.tokens_key), installation.now))
    bad = [one for one in standings if one.state in BAD]
    for one in bad:
        say = error if one.mode == "live" and one.state != "unreachable" else warning
        fix = f"put it right, then: trackyard connections auth {one.connection} --check"
        yield say("access tokens", f"connection {one.connection} cannot get one ({one.state}): {one.reason}", fix)
    if standings and not bad:
        yield ok("access tokens", f"{len(standings)} connections need one, nothing stands in the way")
