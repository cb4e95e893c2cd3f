import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from songmap.models.elbo import kl_from_prior
from songmap.models.prior import Mixture

D, K = 3, 4


def mixture(seed=0, components=K):
    draw = torch.Generator().manual_seed(seed)
    prior = Mixture(components, D)
    for parameter, scale in ((prior.logits, 1.0), (prior.means, 2.0), (prior.log_variances, 0.5)):
        parameter.copy_(scale * torch.randn(parameter.shape, generator=draw))
    return prior


def posterior(n=5, seed=1):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, D, generator=draw) * 2, torch.randn(n, D, generator=draw) - 1


def components(prior):
    return Independent(Normal(prior.means, (prior.log_variances / 2).exp()), 1)


def test_the_bound_is_what_sampling_estimates():
    prior, (mean, log_variance) = mixture(), posterior()
    ours = prior.kl(mean, log_variance)
    assert ours.shape == (5, D + 1)
    q = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    z = q.sample((100_000,))  # (samples, 5, D)
    share = prior.assign(mean, log_variance).exp()
    weight = prior.logits.log_softmax(0)
    log_joint = weight + components(prior).log_prob(z[:, :, None])  # (samples, 5, K)
    estimate = (q.log_prob(z)[:, :, None] + share.log() - log_joint).mul(share).sum(2).mean(0)
    torch.testing.assert_close(ours.sum(1), estimate, rtol=0.01, atol=0.02)


def test_no_other_assignment_makes_the_bound_tighter_and_none_makes_it_less_than_the_kl():
    prior, (mean, log_variance) = mixture(), posterior()
    ours = prior.kl(mean, log_variance).sum(1)
    q = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    z = q.sample((100_000,))
    marginal = MixtureSameFamily(Categorical(logits=prior.logits), components(prior))
    assert (ours > (q.log_prob(z) - marginal.log_prob(z)).mean(0) - 0.02).all()
    each = torch.stack(
        [
            torch.distributions.kl_divergence(
                q, Independent(Normal(prior.means[c].expand(5, D), (prior.log_variances[c] / 2).exp()), 1)
            )
            for c in range(K)
        ],
        dim=1,
    )
    for share in torch.randn(200, 5, K, generator=torch.Generator().manual_seed(2)).softmax(2):
        other = (share * (each + share.log() - prior.logits.log_softmax(0))).sum(1)
        assert (other > ours - 1e-4).all()


def test_one_component_and_equal_components_are_a_gaussian():
    mean, log_variance = posterior()
    expected = kl_from_prior(mean, log_variance)
    for count in (1, 5):
        ours = Mixture(count, D).kl(mean, log_variance)
        torch.testing.assert_close(ours[:, :D], expected)
        torch.testing.assert_close(ours[:, D], torch.zeros(5), atol=1e-6, rtol=0)


def test_nothing_is_learnt_before_the_start():
    prior = Mixture(K, D)
    assert not any(parameter.requires_grad for parameter in prior.parameters())
    prior.start(np.random.default_rng(0).normal(size=(50, D)), np.ones((50, D)), 0)
    assert all(parameter.requires_grad for parameter in prior.parameters())


def test_it_starts_from_the_groups_and_counts_what_posteriors_are_unsure_of():
    rng = np.random.default_rng(0)
    centre = 10 * np.eye(3)
    means = np.concatenate([c + rng.normal(0, 0.5, (100 * (i + 1), D)) for i, c in enumerate(centre)])
    prior = Mixture(3, D)
    prior.start(means.astype(np.float32), np.full(means.shape, 0.75, np.float32), 0)
    order = prior.means.detach().argmax(1).argsort()
    np.testing.assert_allclose(prior.means.detach()[order], centre, atol=0.2)
    np.testing.assert_allclose(prior.log_variances.detach().exp(), 1.0, atol=0.3)
    np.testing.assert_allclose(prior.logits.detach().softmax(0)[order], [1 / 6, 2 / 6, 3 / 6], atol=1e-3)


def test_components_without_tracks_get_no_weight():
    prior = Mixture(5, D)
    rows = np.random.default_rng(0).normal(size=(2, D))
    prior.start(rows, np.ones((2, D)), 0)
    assert prior.logits.softmax(0)[2:].max() < 1e-30
    kl = prior.kl(torch.zeros(1, D), torch.zeros(1, D))
    assert kl.isfinite().all()
    kl.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in prior.parameters())


@pytest.mark.parametrize("rows", [np.zeros((20, D)), np.ones((20, D)) * [1, 0, 0]])
def test_posteriors_that_are_all_alike_start_a_prior_as_well(rows):
    prior = Mixture(3, D)
    prior.start(rows, np.ones((20, D)), 0)
    assert all(parameter.isfinite().all() for parameter in prior.parameters())
