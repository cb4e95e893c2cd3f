"""What makes a cluster what it is: its sound, its words, its songs, and a name made of these."""
