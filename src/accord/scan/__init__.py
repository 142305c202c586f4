"""Text looked at in bulk: production traffic (action 2) and training corpora (action 11), by detectors over Arrow."""
