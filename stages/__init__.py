"""The stages of the pipeline: each reads files, calls songmap and writes files."""
