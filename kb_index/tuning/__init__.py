"""Fine-tuning the encoder on a project's own questions, and keeping the result only if it is better."""
