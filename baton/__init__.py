"""The command line and the process runner."""
