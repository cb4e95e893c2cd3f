"""The command line's parts: arguments in, calls to the library, a few lines of text out."""
