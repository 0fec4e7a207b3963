"""How much disk is left, in words and numbers."""

import os
import shutil
from pathlib import Path

from baton.errors import DiskFullError, StartError

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


def make_data_dir(folder: Path) -> None:
    """Make the data folder, private, or say why that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise StartError(
            f"The data folder {folder} cannot be made ({fault.strerror}); name another with BATON_DATA_DIR."
        ) from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StartError(
            f"This account may not write in the data folder {folder}; "
            "change its owner, or name another with BATON_DATA_DIR."
        )
