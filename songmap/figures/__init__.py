"""Pictures of training, latent spaces, reconstructions and scores: arrays in, matplotlib figures out."""
