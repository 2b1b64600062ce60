"""What every part of the page shares: session, error boundary, notices, stop buttons, theme."""
