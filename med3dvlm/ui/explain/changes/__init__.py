"""What a change of the open scan changes in the answers."""
