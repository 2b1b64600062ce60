"""Maps of what the model looks at, laid over the open scan."""
