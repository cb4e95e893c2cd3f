import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal

from songmap.models.elbo import kl_from_prior, mixture_of_experts, product_of_experts, reconstruction

NUMBER = st.floats(-3, 3, width=32)


@given(NUMBER, NUMBER)
def test_kl_is_torch_s_closed_form(mean, log_variance):
    q = Normal(torch.tensor(mean), torch.tensor(log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(q, Normal(0.0, 1.0))
    ours = kl_from_prior(torch.tensor(mean), torch.tensor(log_variance))
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_kl_is_what_sampling_estimates():
    mean, log_variance = torch.tensor(0.7), torch.tensor(-1.1)
    q = Normal(mean, (log_variance / 2).exp())
    z = q.sample((200_000,))
    estimate = (q.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).mean()
    assert abs(kl_from_prior(mean, log_variance) - estimate) < 0.01


def test_reconstruction_is_a_gaussian_log_likelihood_up_to_its_constant():
    torch.manual_seed(0)
    x, decoded, precision = torch.randn(5, 2, 3), torch.randn(5, 2, 3), 10.0
    sigma = (6 / precision) ** 0.5
    expected = -Normal(decoded, sigma).log_prob(x).flatten(1).sum(1)
    constant = -Normal(x, sigma).log_prob(x).flatten(1).sum(1)
    torch.testing.assert_close(reconstruction(x, decoded, precision), expected - constant)


def test_predicting_the_mean_costs_half_the_precision():
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(20_000, 50)).astype(np.float32))
    assert abs(reconstruction(x, torch.zeros_like(x), 256.0).mean() - 128) < 1


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=3), st.booleans())
def test_the_product_of_experts_is_the_product_of_densities(experts, prior):
    means = [torch.tensor([[m]]) for m, _ in experts]
    log_variances = [torch.tensor([[v]]) for _, v in experts]
    present = [torch.tensor([True])] * len(experts)
    mean, log_variance = product_of_experts(means, log_variances, present, prior)
    z = np.linspace(-30, 30, 200_001)
    log_density = -0.5 * z**2 if prior else np.zeros_like(z)
    for m, v in experts:
        log_density = log_density - 0.5 * (z - m) ** 2 / np.exp(v)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    expected = (density * z).sum()
    assert abs(mean.item() - expected) < 2e-3
    assert abs(log_variance.exp().item() - (density * (z - expected) ** 2).sum()) < 5e-3 * (
        1 + log_variance.exp().item()
    )


def test_an_absent_expert_does_not_count():
    means, log_variances = [torch.tensor([[1.0]]), torch.tensor([[9.0]])], [torch.zeros(1, 1)] * 2
    here, absent = torch.tensor([True]), torch.tensor([False])
    alone = product_of_experts(means[:1], log_variances[:1], [here], prior=True)
    both = product_of_experts(means, log_variances, [here, absent], prior=True)
    torch.testing.assert_close(both, alone)
    nothing = product_of_experts(means, log_variances, [absent, absent], prior=True)
    torch.testing.assert_close(nothing, (torch.zeros(1, 1), torch.zeros(1, 1)))


@given(st.lists(st.tuples(NUMBER, NUMBER, st.booleans()), min_size=1, max_size=4))
def test_the_mixture_of_experts_has_the_moments_of_the_mixture(experts):
    means = [torch.tensor([[m]], dtype=torch.float64) for m, _, _ in experts]
    log_variances = [torch.tensor([[v]], dtype=torch.float64) for _, v, _ in experts]
    mean, log_variance = mixture_of_experts(means, log_variances, [torch.tensor([h]) for *_, h in experts])
    here = [(m, v) for m, v, h in experts if h]
    z = np.linspace(-40, 40, 100_001)
    density = sum(np.exp(-0.5 * (z - m) ** 2 / np.exp(v) - 0.5 * v) for m, v in here or [(0.0, 0.0)])
    density = density / density.sum()
    expected = (density * z).sum()
    assert abs(mean.item() - expected) < 1e-3
    assert abs(log_variance.exp().item() - (density * (z - expected) ** 2).sum()) < 1e-2


def test_one_expert_is_a_mixture_of_itself():
    mean, log_variance = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    here = torch.ones(5, dtype=torch.bool)
    torch.testing.assert_close(mixture_of_experts([mean], [log_variance], [here]), (mean, log_variance))
    absent = mixture_of_experts([mean, mean + 9], [log_variance, log_variance], [here, ~here])
    torch.testing.assert_close(absent, (mean, log_variance))
