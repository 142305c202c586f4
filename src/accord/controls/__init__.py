"""Security controls (action 6), as far as they can be observed: a repository, its forge, how reports are received."""
