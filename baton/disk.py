"""How much disk is left, in words and numbers."""

import shutil
from pathlib import Path

from baton.errors import DiskFullError

MEGABYTE = 1024 * 1024


def free_mb(folder: Path) -> int:
    """Tell the megabytes we may still write below the folder."""
    return shutil.disk_usage(folder).free // MEGABYTE


def require_free(folder: Path, least_mb: int) -> None:
    """Refuse to go on with too little disk."""
    free = free_mb(folder)
    if free < least_mb:
        raise DiskFullError(
            f"Only {free} MB of disk are free for {folder}, and Baton keeps {least_mb} MB in reserve; "
            "free some space, or point BATON_DATA_DIR at a larger disk."
        )
