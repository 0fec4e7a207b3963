"""The demo shop's orders, in a small SQLite database that only the action server opens."""
