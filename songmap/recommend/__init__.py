"""Songs to hear: those near another one in a latent space, and playlists of clusters."""
