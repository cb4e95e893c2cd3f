import pytest
import torch

from songmap.models.nets import ConvDecoder, ConvEncoder, Upsample, sizes, strides, use_bfloat16

SIZES = [(64, 215), (12, 21), (8, 16), (61, 213), (128, 300)]


@pytest.mark.parametrize(("kernel", "stride"), [(7, 4), (3, 2), (5, 3)])
@pytest.mark.parametrize("given", [(1, 1), (4, 14), (16, 5)])
def test_an_upsampling_is_the_transposed_convolution(kernel, stride, given):
    torch.manual_seed(0)
    up = Upsample(6, 3, kernel, stride).double()
    x = torch.randn(2, 6, *given, dtype=torch.float64, requires_grad=True)
    for short in range(stride):
        size = given[0] * stride - short, given[1] * stride
        by_torch, ours = up.transposed(x, output_size=size), up(x, size)
        torch.testing.assert_close(ours, by_torch)
        gradients = [torch.autograd.grad(y.square().sum(), [x, *up.parameters()]) for y in (by_torch, ours)]
        torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [[4], [4, 6], [4, 6, 8]])
def test_a_decoder_gives_back_the_size_that_an_encoder_takes(size, channels):
    x = torch.randn(2, 1, *size)
    encoder, decoder = ConvEncoder(size, channels, [8], 5, 2), ConvDecoder(size, channels, [8], 5, 2)
    mean, log_variance = encoder(x, torch.zeros(2, 2))
    assert mean.shape == log_variance.shape == (2, 5)
    assert decoder(mean, torch.zeros(2, 2)).shape == x.shape
    assert len(sizes(size, channels)) == len(strides(channels)) + 1


def test_bfloat16_gives_nearly_the_same_in_single_precision():
    torch.manual_seed(0)
    encoder, decoder = ConvEncoder((64, 64), [4, 8], [16], 5, 0), ConvDecoder((64, 64), [4, 8], [16], 5, 0)
    x, condition = torch.randn(8, 1, 64, 64), torch.zeros(8, 0)

    def run():
        mean, _ = encoder(x, condition)
        return mean, decoder(mean, condition)

    exact = run()
    modules = [*encoder.modules(), *decoder.modules()]
    use_bfloat16(modules, True)
    rounded = run()
    use_bfloat16(modules, False)
    for a, b, again in zip(exact, rounded, run(), strict=True):
        assert a.dtype == b.dtype == torch.float32
        assert 0 < (a - b).abs().max() < 0.1
        torch.testing.assert_close(a, again)
    assert {p.dtype for p in (*encoder.parameters(), *decoder.parameters())} == {torch.float32}
