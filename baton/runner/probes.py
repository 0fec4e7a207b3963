"""Questions to a server that only a working one answers well."""

import http.client
import json
from urllib.parse import urlsplit


def http_ok(url: str) -> bool:
    """Tell whether a GET is answered with 200."""
    return _body(url) is not None


def worker_reports(readyz_url: str) -> bool:
    """Tell whether a worker has reported to the switchboard lately; it has no port of its own to ask."""
    try:
        state = json.loads(_body(readyz_url) or b"{}")["bot"]["state"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(state != "no_worker")


def _body(url: str, timeout: float = 2.0) -> bytes | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
