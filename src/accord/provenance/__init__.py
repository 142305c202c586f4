"""Where content comes from (action 7): credentials made, checked and attacked, and whether people are told."""
