"""Where things lie in the checkout that this file belongs to."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "handoff_api" / "web"
REQUIREMENTS = ROOT / "requirements"
MODELS = ROOT / "models"
TOOLS = Path(".baton") / "tools"  # uv and Node.js, when the machine has none
