"""From lyrics to numbers: weighted words and sentence embeddings."""
