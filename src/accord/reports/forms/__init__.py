"""Forms that others ask for, answered from the facts at hand: drafted, checked, compared and written out."""
