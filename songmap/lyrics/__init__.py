"""Lyrics cleaned, their languages, and both as numbers."""
