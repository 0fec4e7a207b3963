"""The first admin, so that somebody can log in to a new installation."""

FIRST_ADMIN = "admin@baton.local"


def create_first_admin(redis_url: str) -> tuple[str, str] | None:
    """Create it where there is no agent yet; its address and password, or None where there are agents."""
    from handoff_api.agents.admin import ensure_first_admin

    password = ensure_first_admin(redis_url, FIRST_ADMIN)
    return (FIRST_ADMIN, password) if password else None
