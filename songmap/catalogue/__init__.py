"""From a folder of songs to tracks: reading, checking and making song folders."""
