"""Where a corpus comes from: what its sources say of use for training, and what its own papers say of it."""
