"""Makes sure that Rasa reports nothing to anybody, whatever its configuration file on this machine says."""

from __future__ import annotations

from typing import Any


def quieten() -> None:
    """Telemetry and error reporting off, in code as well as by environment."""
    import structlog
    from rasa import telemetry

    telemetry.is_telemetry_enabled = _no
    telemetry.initialize_telemetry = _no
    telemetry.initialize_error_reporting = _nothing
    telemetry._send_event = _nothing
    # Rasa's debug records hold what customers wrote, and making them costs time even when nobody reads them.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30), cache_logger_on_first_use=True)


def _no() -> bool:
    return False


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None
