"""What is counted. Totals live in the storage, so that they are right whichever process is asked."""

from __future__ import annotations

from prometheus_client import Gauge

SOCKETS = Gauge("baton_sockets", "Open sockets of this process")
CONVERSATIONS = Gauge("baton_conversations", "Conversations by owner", ["owner"])
TOTALS = Gauge("baton_total", "Things counted since the storage began", ["name", "label"])
