"""songmap: understand a music collection by clustering it on sound and words together."""
