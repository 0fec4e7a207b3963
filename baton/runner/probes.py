"""Questions to a server that only a working one answers well."""

import http.client
from urllib.parse import urlsplit


def http_ok(url: str, timeout: float = 2.0) -> bool:
    """Tell whether a GET is answered with 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
