"""Latent spaces: linear ones, autoencoders and variational autoencoders of sound, words or both."""
