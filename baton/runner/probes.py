"""Questions to a server that only a working one answers well."""

import http.client
import json
from urllib.parse import urlsplit

ALIVE_TIMEOUT_S = 10.0  # a starved process answers late, and is alive


def http_ok(url: str) -> bool:
    """Tell whether a GET is answered with 200 within 2 seconds."""
    return _body(url) is not None


def http_alive(url: str) -> bool:
    """Tell whether a GET is answered at all, with time."""
    return _body(url, ALIVE_TIMEOUT_S, any_status=True) is not None


def worker_reports(readyz_url: str) -> bool:
    """Tell whether a worker has reported to the switchboard lately; it has no port of its own to ask."""
    try:
        state = json.loads(_body(readyz_url) or b"{}")["bot"]["state"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(state != "no_worker")


def worker_alive(readyz_url: str) -> bool:
    """Tell whether a worker gives signs of life; where switchboard or storage cannot tell, it counts as alive."""
    try:
        state = json.loads(_body(readyz_url, ALIVE_TIMEOUT_S) or b"{}")["bot"]["state"]
    except (ValueError, KeyError, TypeError):
        return True
    return bool(state != "no_worker")


def _body(url: str, timeout: float = 2.0, *, any_status: bool = False) -> bytes | None:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.read() if any_status or answer.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
