"""What whoever runs the app needs: health, metrics, logs, memory."""
