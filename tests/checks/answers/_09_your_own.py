"""Answers to notebook 09: the sigma of a Gaussian decoder, and pictures of another shape."""

import numpy as np
import torch
import torch.nn.functional as F
from solutions import my_best_sigma, my_to_mnist_shape


def by_matrices(pictures):
    """Means over blocks as two matrix products; parts of pixels count in part."""

    def means(n):
        edges = torch.arange(n + 1) * 28 / n
        left = torch.arange(28.0)[:, None]
        overlap = torch.minimum(edges[1:], left + 1) - torch.maximum(edges[:-1], left)
        return overlap.clamp(min=0).double()

    grey = pictures.double().mean(3) / 255
    return (means(grey.shape[1]) @ grey @ means(grey.shape[2]).T)[:, None].float()


def grey_of(pictures):
    return pictures.float().mean(3)[:, None] / 255


RIGHT = {
    "best_sigma": [
        my_best_sigma,
        lambda x, x_hat: F.mse_loss(x_hat, x).sqrt(),
        lambda x, x_hat: (x - x_hat).norm() / x.numel() ** 0.5,
        lambda x, x_hat: ((x - x_hat) ** 2).flatten(1).mean(1).mean(0) ** 0.5,
        lambda x, x_hat: torch.exp(0.5 * torch.log(torch.mean((x_hat - x).pow(2)))),
    ],
    "to_mnist_shape": [
        my_to_mnist_shape,
        lambda pictures: F.adaptive_avg_pool2d(grey_of(pictures), 28),
        lambda pictures: F.interpolate(grey_of(pictures), size=(28, 28), mode="area"),
        lambda pictures: F.interpolate(pictures.permute(0, 3, 1, 2) / 255, (28, 28), mode="area").mean(
            1, keepdim=True
        ),
        by_matrices,
    ],
}


WRONG = {
    "best_sigma": [
        ("This is sigma squared", lambda x, x_hat: (x - x_hat).square().mean()),
        ("sigma belongs to one pixel", lambda x, x_hat: (x - x_hat).square().flatten(1).sum(1).mean().sqrt()),
        ("root of a sum", lambda x, x_hat: (x - x_hat).square().sum().sqrt()),
        ("`std` takes the mean of the differences off", lambda x, x_hat: (x - x_hat).std()),
        ("|x - x_hat|", lambda x, x_hat: (x - x_hat).abs().mean()),
        ("One sigma for all images", lambda x, x_hat: (x - x_hat).square().flatten(1).mean(1).sqrt()),
        ("roots are taken before", lambda x, x_hat: (x - x_hat).square().flatten(1).mean(1).sqrt().mean()),
        ("sigma / √2", lambda x, x_hat: ((x - x_hat).square().mean() / 2).sqrt()),
        ("√2 sigma", lambda x, x_hat: (2 * (x - x_hat).square().mean()).sqrt()),
        ("1 / sigma", lambda x, x_hat: 1 / my_best_sigma(x, x_hat)),
        ("how far x is from x_hat", lambda x, x_hat: x.std()),
        ("plain number", lambda x, x_hat: my_best_sigma(x, x_hat).item()),
        ("No gradient reaches `x_hat`", lambda x, x_hat: my_best_sigma(x, x_hat).detach()),
        ("numpy cuts the gradient", lambda x, x_hat: np.sqrt(((x - x_hat) ** 2).mean().numpy())),
        ("S / (2 sigma²) + n ln sigma", lambda x, x_hat: my_best_sigma(x, x_hat) + 0.01),
    ],
    "to_mnist_shape": [
        (
            "permute",
            lambda pictures: F.adaptive_avg_pool2d(
                pictures.reshape(len(pictures), 3, *pictures.shape[1:3]).float().mean(1, keepdim=True) / 255,
                28,
            ),
        ),
        ("keep one colour", lambda pictures: F.adaptive_avg_pool2d(pictures[..., 0][:, None] / 255, 28)),
        (
            "what lies between is lost",
            lambda pictures: grey_of(pictures)[:, :, :: pictures.shape[1] // 28, :: pictures.shape[2] // 28][
                :, :, :28, :28
            ],
        ),
        (
            "looks at a few pixels",
            lambda pictures: F.interpolate(grey_of(pictures), (28, 28), mode="bilinear"),
        ),
        ("divide by 255", lambda pictures: 255 * my_to_mnist_shape(pictures)),
        ("lie on their side", lambda pictures: my_to_mnist_shape(pictures).mT),
        (
            "Three colours are left",
            lambda pictures: F.adaptive_avg_pool2d(pictures.permute(0, 3, 1, 2) / 255, 28),
        ),
        ("channel is missing", lambda pictures: my_to_mnist_shape(pictures)[:, 0]),
        ("as large as before", grey_of),
        ("shrink them to 28 x 28", lambda pictures: F.avg_pool2d(grey_of(pictures), 2)),
        ("cut a piece", lambda pictures: grey_of(pictures)[:, :, :28, :28]),
        ("largest value", lambda pictures: my_to_mnist_shape(pictures) * 255 / pictures.max()),
        (
            "weigh the colours",
            lambda pictures: F.adaptive_avg_pool2d(
                (pictures / 255 @ torch.tensor([0.299, 0.587, 0.114]))[:, None], 28
            ),
        ),
        ("white for black", lambda pictures: 1 - my_to_mnist_shape(pictures)),
        ("holds whole numbers", lambda pictures: (255 * my_to_mnist_shape(pictures)).byte()),
    ],
}
