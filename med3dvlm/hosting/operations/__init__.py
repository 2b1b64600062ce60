"""For operators: health, metrics, logs, memory."""
