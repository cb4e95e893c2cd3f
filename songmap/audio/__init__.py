"""From sound to numbers: a file is decoded once, transformed once, and described several ways."""
