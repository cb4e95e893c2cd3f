"""The demo song folder: songs made from known factors, so that a clustering can be held against the truth."""
