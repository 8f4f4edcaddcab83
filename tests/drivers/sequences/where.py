"""pypowervm's own hook (``PYPOWERVM_SESSION_CONFIG``): where a session without a host goes."""

import os
from typing import Any
from urllib.parse import urlsplit


def session_config(session: Any) -> None:
    place = urlsplit(os.environ["OPENLPAR_URL"])
    session.host, session.port, session.dest = place.hostname, place.port, os.environ["OPENLPAR_URL"]
