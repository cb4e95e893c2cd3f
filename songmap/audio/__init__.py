"""From sound to numbers: an excerpt is decoded once, transformed once, and described three ways."""
