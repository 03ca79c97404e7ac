"""Answers to the exercises: right ones in several styles, wrong ones with words of their message."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from solutions import (
    my_flatten_batch,
    my_interpolate,
    my_kl_divergence,
    my_log_mean_exp_bound,
    my_mean_code,
    my_monte_carlo_kl,
    my_reparameterize,
    my_score_function_gradient,
    my_to_unit_interval,
    my_training_step,
    my_vae_loss,
)
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.distributions import kl_divergence as their_kl
from torchvision.transforms.functional import convert_image_dtype

from vae_helpers import (
    VAE,
    interpolate,
    kl_divergence,
    log_mean_exp_bound,
    mean_code,
    reconstruction_loss,
    reparameterize,
    vae_loss,
)


def sigma(logvar):
    return torch.exp(logvar / 2)


def bce(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def sampled_kl(mu, logvar, n, spread=sigma, eps=None):
    """log q(z) - log p(z), (n, B, D), for answers that differ in the noise or in what follows."""
    z = mu + spread(logvar) * (torch.randn(n, *mu.shape) if eps is None else eps)
    return Normal(mu, sigma(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)


def score_by_autograd(f, mu, sigma, n):
    means = torch.full((n,), mu, requires_grad=True)
    z = Normal(means, sigma).sample()
    (score,) = torch.autograd.grad(Normal(means, sigma).log_prob(z).sum(), means)
    return f(z) * score


def score_by_loop(f, mu, sigma, n):
    estimates = []
    for _ in range(n):
        z = torch.normal(mu, sigma, (1,))
        estimates.append(f(z) * (z - mu) / sigma**2)
    return torch.cat(estimates)


def bound_by_loop(log_w):
    total = log_w[0]
    for draw in log_w[1:]:
        total = torch.logaddexp(total, draw)
    return total - math.log(len(log_w))


def bound_without(shift):
    """The bound after taking out `shift(log_w)`, which is not the largest log weight of each image."""
    return lambda log_w: (log_w - shift(log_w)).exp().mean(0).log() + shift(log_w)


def monte_carlo_by_loop(mu, logvar, n):
    total = torch.zeros(len(mu))
    for _ in range(n):
        eps = torch.randn(mu.shape)
        z = mu + torch.exp(0.5 * logvar) * eps
        total += (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(dim=1)
    return total / n


def kl_by_loop(mu, logvar):
    rows = []
    for m, v in zip(mu, logvar, strict=True):
        rows.append(sum(0.5 * (m[d] ** 2 + v[d].exp() - 1 - v[d]) for d in range(len(m))))
    return torch.stack(rows)


def full_gaussian_kl(mu, logvar):
    prior = MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[1]))
    return their_kl(MultivariateNormal(mu, scale_tril=torch.diag_embed(sigma(logvar))), prior)


def vae_loss_by_hand(logits, x, mu, logvar):
    p = torch.sigmoid(logits)
    recon = -(x * torch.log(p + 1e-12) + (1 - x) * torch.log(1 - p + 1e-12)).sum(dim=(1, 2, 3)).mean()
    kl = kl_by_loop(mu, logvar).mean()
    return [recon + kl, recon, kl]


def vae_loss_on_probabilities(logits, x, mu, logvar):
    recon = F.binary_cross_entropy(torch.sigmoid(logits), x, reduction="none").flatten(1).sum(1).mean()
    kl = kl_divergence(mu, logvar).mean()
    return recon + kl, recon, kl


def step_with_zero_grad_last(vae, optimizer, x):
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss


def step_by_hand(vae, optimizer, x):
    mu, logvar = vae.encode(x)
    z = Normal(mu, sigma(logvar)).rsample()
    total, *_ = my_vae_loss(vae.decode_logits(z), x, mu, logvar)
    vae.zero_grad(set_to_none=False)
    total.backward()
    optimizer.step()
    return total.detach().numpy().item()


def step_with_closure(vae, optimizer, x):
    def closure():
        optimizer.zero_grad()
        logits, mu, logvar = vae(x)
        loss = vae_loss(logits, x, mu, logvar).total
        loss.backward()
        return loss

    return optimizer.step(closure)


def walk_by_loop(z_a, z_b, steps):
    if steps < 2:
        raise ValueError
    return torch.stack([z_a + i / (steps - 1) * (z_b - z_a) for i in range(steps)])


def walk_by_numpy(z_a, z_b, steps):
    if steps <= 1:
        raise ValueError(f"steps must be at least 2, got {steps}")
    return torch.from_numpy(np.linspace(z_a.numpy(), z_b.numpy(), steps))


def mean_by_loop(mu, labels, digit):
    chosen = [z for z, label in zip(mu, labels, strict=True) if label == digit]
    return sum(chosen) / len(chosen)


RIGHT = {
    "to_unit_interval": [
        my_to_unit_interval,
        lambda raw: torch.div(raw, 255),
        lambda raw: raw.to(torch.float64).mul(1 / 255).float(),
        lambda raw: convert_image_dtype(raw, torch.float32),
        lambda raw: torch.from_numpy(raw.numpy() / np.float32(255)),
    ],
    "flatten_batch": [
        my_flatten_batch,
        lambda images: images.flatten(1),
        lambda images: images.view(images.shape[0], -1),
        lambda images: torch.stack([image.reshape(784) for image in images]),
        lambda images: torch.cat([images[:, 0, line] for line in range(28)], dim=1),
        torch.nn.Flatten(),
    ],
    "reparameterize": [
        my_reparameterize,
        reparameterize,
        lambda mu, logvar: mu - torch.sqrt(torch.exp(logvar)) * torch.randn(mu.shape),
        lambda mu, logvar: Normal(mu, (0.5 * logvar).exp()).rsample(),
        lambda mu, logvar: torch.addcmul(mu, logvar.exp() ** 0.5, mu.new_empty(mu.shape).normal_()),
        lambda mu, logvar: (mu.double() + sigma(logvar.double()) * torch.randn_like(mu).double()).float(),
        lambda mu, logvar: mu + sigma(logvar) * torch.tensor(np.random.randn(*mu.shape)).float(),  # noqa: NPY002
        lambda mu, logvar: torch.stack(
            [m + sigma(v) * torch.randn(len(m)) for m, v in zip(mu, logvar, strict=True)]
        ),
        lambda mu, logvar: mu + torch.einsum("bd,bd->bd", sigma(logvar), torch.randn_like(logvar)),
    ],
    "score_function_gradient": [
        my_score_function_gradient,
        score_by_autograd,
        score_by_loop,
        lambda f, mu, sigma, n: (lambda eps: f(mu - sigma * eps) * -eps / sigma)(torch.randn(n)),
        lambda f, mu, sigma, n: (lambda z: f(z).mul(z.sub(mu).div(sigma).div(sigma)))(
            Normal(mu, sigma).sample((n,))
        ),
    ],
    "kl_divergence": [
        my_kl_divergence,
        kl_divergence,
        kl_by_loop,
        full_gaussian_kl,
        lambda mu, logvar: their_kl(Normal(mu, sigma(logvar)), Normal(0.0, 1.0)).sum(1),
        lambda mu, logvar: 0.5 * torch.einsum("bd->b", mu.square() + logvar.expm1() - logvar),
        lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - torch.log(logvar.exp()))).sum(-1),
    ],
    "monte_carlo_kl": [
        my_monte_carlo_kl,
        monte_carlo_by_loop,
        lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean(0).sum(1),
        lambda mu, logvar, n: torch.stack(
            [sampled_kl(mu[:, [d]], logvar[:, [d]], n).mean((0, 2)) for d in range(mu.shape[1])]
        ).sum(0),
        lambda mu, logvar, n: (
            lambda q, p: (lambda z: (q.log_prob(z) - p.log_prob(z)).mean(0))(q.rsample((n,)))
        )(
            Independent(Normal(mu, sigma(logvar)), 1),
            MultivariateNormal(torch.zeros(mu.shape[1]), torch.eye(mu.shape[1])),
        ),
    ],
    "vae_loss": [my_vae_loss, vae_loss, vae_loss_by_hand, vae_loss_on_probabilities],
    "log_mean_exp_bound": [
        my_log_mean_exp_bound,
        log_mean_exp_bound,
        lambda log_w: log_w.amax(0) + (log_w - log_w.amax(0)).exp().mean(0).log(),
        bound_by_loop,
    ],
    "training_step": [my_training_step, step_with_zero_grad_last, step_by_hand, step_with_closure],
    "interpolate": [my_interpolate, interpolate, walk_by_loop, walk_by_numpy],
    "mean_code": [
        my_mean_code,
        mean_code,
        mean_by_loop,
        lambda mu, labels, digit: (
            torch.einsum("nd,n->d", mu, (labels == digit).float()) / (labels == digit).sum()
        ),
        lambda mu, labels, digit: mu[torch.where(labels == digit)[0]].sum(0) / (labels == digit).sum(),
        lambda mu, labels, digit: torch.tensor(mu.numpy()[labels.numpy() == digit].mean(axis=0)),
    ],
}


def total_from(recon=bce, kl=lambda mu, logvar: kl_divergence(mu, logvar).mean(), total=lambda r, k: r + k):
    """A vae_loss with one part replaced."""

    def loss(logits, x, mu, logvar):
        r, k = recon(logits, x), kl(mu, logvar)
        return total(r, k), r, k

    return loss


def step_from(*calls, loss=lambda loss: loss.total, returns=lambda loss: loss.total.item()):
    """A training step that makes these of its calls in this order; the forward pass comes first."""

    def step(vae, optimizer, x):
        losses = vae_loss(*(lambda logits, mu, logvar: (logits, x, mu, logvar))(*vae(x)))
        for call in calls:
            {"zero": optimizer.zero_grad, "backward": loss(losses).backward, "step": optimizer.step}[call]()
        return returns(losses)

    return step


def step_without_noise(vae, optimizer, x):
    mu, logvar = vae.encode(x)
    loss = vae_loss(vae.decode_logits(mu), x, mu, logvar).total
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_on_loss_of(arguments):
    """A training step that gives `vae_loss` these arguments."""

    def step(vae, optimizer, x):
        logits, mu, logvar = vae(x)
        loss = vae_loss(*arguments(logits, x, mu, logvar)).total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def step_with_own_optimizer(vae, optimizer, x):
    return my_training_step(vae, torch.optim.Adam(vae.parameters()), x)


def step_on_another_model(vae, optimizer, x):
    return my_training_step(VAE(), optimizer, x)


def seeded(function):
    """The same function with a seed set inside, so that its noise never changes."""

    def answer(*given):
        torch.manual_seed(0)
        return function(*given)

    return answer


def in_place(change):
    """A right answer to `kl_divergence` that changes its input on the way."""

    def answer(mu, logvar):
        change(mu, logvar)
        return kl_divergence(mu, logvar)

    return answer


def moved_in_place(mu, logvar):
    mu += sigma(logvar) * torch.randn_like(mu)
    return mu


def walk_at(t, walk=torch.lerp):
    """A walk with these weights t, which refuses fewer than two steps."""

    def answer(z_a, z_b, steps):
        if steps < 2:
            raise ValueError
        return walk(z_a, z_b, t(steps).unsqueeze(1))

    return answer


def along_sphere(z_a, z_b, t):
    omega = torch.acos(z_a @ z_b / (z_a.norm() * z_b.norm()))
    return (torch.sin((1 - t) * omega) * z_a + torch.sin(t * omega) * z_b) / torch.sin(omega)


def ends(steps):
    return torch.linspace(0, 1, steps)


def for_few_steps(reply):
    """A right walk, but for what it does with fewer than two steps."""
    return lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps) if steps > 1 else reply(z_a, steps)


TRIED = ("zero", "backward", "step")
WRONG = {
    "to_unit_interval": [
        ("//", lambda raw: raw // 255),
        ("//", lambda raw: raw.float() // 255),
        ("256", lambda raw: raw / 256),
        ("largest value", lambda raw: raw / raw.max()),
        ("each image", lambda raw: raw / raw.amax((-2, -1), keepdim=True)),
        ("smallest", lambda raw: (raw - raw.min()) / (raw.max() - raw.min())),
        ("standardise", lambda raw: (raw.float() - raw.float().mean()) / raw.float().std()),
        ("0.1307", lambda raw: (raw / 255 - 0.1307) / 0.3081),
        ("[-1, 1]", lambda raw: raw / 127.5 - 1),
        ("float64", lambda raw: raw.double() / 255),
        ("float16", lambda raw: (raw / 255).half()),
        ("left as they are", lambda raw: raw),
        ("divide by 255", lambda raw: raw.float()),
        ("rounded", lambda raw: (raw / 255).round()),
        ("whole numbers", lambda raw: (raw / 255).to(torch.uint8)),
        ("twice", lambda raw: raw / 255 / 255),
        ("swapped", lambda raw: 1 - raw / 255),
        ("should become", lambda raw: torch.sigmoid(raw.float())),
        ("should become", lambda raw: raw / 255 * (raw > 10)),
        ("changes its input `raw`", lambda raw: raw.clamp_(10, 245) / 255),
        ("`/=` keeps the byte type", lambda raw: raw.div_(255)),
        ("numpy array", lambda raw: raw.numpy() / 255),
        ("shape (", lambda raw: raw.flatten() / 255),
    ],
    "flatten_batch": [
        ("mix pixels of several images", lambda images: images.reshape(784, -1).T),
        ("mix pixels of several images", lambda images: images.permute(1, 2, 3, 0).reshape(-1, 784)),
        ("mix pixels of several images", lambda images: images.permute(2, 3, 0, 1).reshape(-1, 784)),
        ("batch is gone", lambda images: images.flatten()),
        ("keep dimension 0", lambda images: images.view(1, -1)),
        ("channel", lambda images: images.flatten(2)),
        ("rows of each image", lambda images: images.squeeze(1)),
        ("not columns", lambda images: images.flatten(1).T),
        ("backwards", lambda images: images.flatten(1).flip(1)),
        ("transposed", lambda images: images.transpose(2, 3).flatten(1)),
        ("upside down", lambda images: images.flip(2).flatten(1)),
        ("mirrored", lambda images: images.flip(3).flatten(1)),
        ("another order: read", lambda images: images.flatten(1).roll(1, 1)),
        ("images come back in another order", lambda images: images.flip(0).flatten(1)),
        ("changes the pixels", lambda images: images.flatten(1) * 255),
        (
            "squeeze",
            lambda images: images.squeeze().flatten(1) if len(images) > 1 else images.squeeze().flatten(),
        ),
        ("`squeeze()` also drops", lambda images: images.squeeze().flatten(1)),
        ("not always 128: use `len(images)`", lambda images: images.view(128, 784)),
        ("float64", lambda images: images.flatten(1).double()),
        ("numpy array", lambda images: images.flatten(1).numpy()),
    ],
    "reparameterize": [
        ("0.5", lambda mu, logvar: mu + logvar.exp() * torch.randn_like(mu)),
        ("inside the exp", lambda mu, logvar: mu + math.exp(0.5) * logvar * torch.randn_like(mu)),
        ("use `torch.exp`", lambda mu, logvar: mu + math.exp(logvar / 2) * torch.randn_like(mu)),
        ("`logvar` itself as sigma", lambda mu, logvar: mu + logvar * torch.randn_like(mu)),
        ("log sigma", lambda mu, logvar: mu + 0.5 * logvar * torch.randn_like(mu)),
        ("exp(logvar / 4)", lambda mu, logvar: mu + sigma(logvar).sqrt() * torch.randn_like(mu)),
        ("sign", lambda mu, logvar: mu + sigma(-logvar) * torch.randn_like(mu)),
        ("multiply eps by sigma", lambda mu, logvar: mu + torch.randn_like(mu)),
        ("`mu` is not", lambda mu, logvar: sigma(logvar) * torch.randn_like(mu)),
        ("swapped", lambda mu, logvar: logvar + sigma(mu) * torch.randn_like(mu)),
        ("uniform between 0 and 1", lambda mu, logvar: mu + sigma(logvar) * torch.rand_like(mu)),
        ("uniform between -1 and 1", lambda mu, logvar: mu + sigma(logvar) * (2 * torch.rand_like(mu) - 1)),
        ("is uniform", lambda mu, logvar: mu + sigma(logvar) * 12**0.5 * (torch.rand_like(mu) - 0.5)),
        ("standard normal", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).sign()),
        ("shared by the whole batch", lambda mu, logvar: mu + sigma(logvar) * torch.randn(mu.shape[1])),
        ("shared by the whole batch", lambda mu, logvar: mu + sigma(logvar) * torch.randn(())),
        ("share one noise number", lambda mu, logvar: mu + sigma(logvar) * torch.randn(len(mu), 1)),
        ("set no seed", seeded(my_reparameterize)),
        ("no noise", lambda mu, logvar: mu + sigma(logvar)),
        ("no noise", lambda mu, logvar: mu),
        ("reaches `mu` or `logvar`", lambda mu, logvar: torch.normal(mu, sigma(logvar))),
        ("reaches `mu` or `logvar`", lambda mu, logvar: Normal(mu, sigma(logvar)).sample()),
        ("reaches `mu` or `logvar`", torch.no_grad()(my_reparameterize)),
        ("reaches `logvar`.", lambda mu, logvar: mu + sigma(logvar).detach() * torch.randn_like(mu)),
        ("reaches `mu`.", lambda mu, logvar: mu.detach() + sigma(logvar) * torch.randn_like(mu)),
        (
            "part of the gradient for `logvar`",
            lambda mu, logvar: mu + logvar.exp() / sigma(logvar).detach() * torch.randn_like(mu),
        ),
        (
            "reaches `logvar`.",
            lambda mu, logvar: (
                mu + torch.from_numpy(np.exp(logvar.detach().numpy() / 2)) * torch.randn_like(mu)
            ),
        ),
        (
            "numpy cuts",
            lambda mu, logvar: mu + torch.from_numpy(np.exp(logvar.numpy() / 2)) * torch.randn_like(mu),
        ),
        ("takes sigma", lambda mu, logvar: torch.normal(mu, logvar - 1.5)),
        ("takes sigma", lambda mu, logvar: Normal(mu, logvar - 1.5).rsample()),
        ("nan", lambda mu, logvar: mu + (logvar - 2).sqrt() * torch.randn_like(mu)),
        ("changes its input `mu`", moved_in_place),
        ("float64", lambda mu, logvar: mu + sigma(logvar) * torch.randn_like(mu).double()),
        ("shape", lambda mu, logvar: my_reparameterize(mu, logvar).sum(1)),
    ],
    "score_function_gradient": [
        ("sign is turned", lambda f, mu, sigma, n: -my_score_function_gradient(f, mu, sigma, n)),
        ("for z", lambda f, mu, sigma, n: -my_score_function_gradient(f, mu, sigma, n)),
        ("divide by sigma;", lambda f, mu, sigma, n: sigma * my_score_function_gradient(f, mu, sigma, n)),
        (
            "sigma^2 is missing",
            lambda f, mu, sigma, n: sigma**2 * my_score_function_gradient(f, mu, sigma, n),
        ),
        ("already taken", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n).mean()),
        ("already taken", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n).mean().item()),
        ("only one z was drawn", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1)),
        (
            "all n estimates are equal",
            lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1).expand(n),
        ),
        ("pathwise", lambda f, mu, sigma, n: pathwise(f, mu + sigma * torch.randn(n))),
        ("f is missing", lambda f, mu, sigma, n: torch.randn(n) / sigma),
        (
            "logarithm of f",
            lambda f, mu, sigma, n: my_score_function_gradient(lambda z: f(z).log(), mu, sigma, n),
        ),
        ("take its derivative", lambda f, mu, sigma, n: times_log_density(f, Normal(mu, sigma), n)),
        (
            "different samples",
            lambda f, mu, sigma, n: f(mu + sigma * torch.randn(n)) * torch.randn(n) / sigma,
        ),
        ("f(z) alone", lambda f, mu, sigma, n: f(mu + sigma * torch.randn(n))),
        ("z^2 where f(z)", lambda f, mu, sigma, n: my_score_function_gradient(torch.square, mu, sigma, n)),
        ("f sees mu", lambda f, mu, sigma, n: f(torch.tensor(mu)) * torch.randn(n) / sigma),
        (
            "multiply by sigma^2",
            lambda f, mu, sigma, n: sigma**4 * my_score_function_gradient(f, mu, sigma, n),
        ),
        (
            "brackets",
            lambda f, mu, sigma, n: (lambda z: f(z) * (z - mu / sigma**2))(mu + sigma * torch.randn(n)),
        ),
        (
            "brackets",
            lambda f, mu, sigma, n: (lambda z: f(z) * z - mu / sigma**2)(mu + sigma * torch.randn(n)),
        ),
        ("q.sample((n,))", lambda f, mu, sigma, n: score_at(f, mu, sigma, Normal(mu, sigma).sample(n))),
        ("f sees eps", lambda f, mu, sigma, n: (lambda eps: f(eps) * eps / sigma)(torch.randn(n))),
        ("spread by sigma^2", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma**2 * torch.randn(n))),
        ("root of sigma", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma**0.5 * torch.randn(n))),
        ("derivative for sigma", lambda f, mu, sigma, n: score_for_sigma(f, mu, sigma, torch.randn(n))),
        ("not distributed", lambda f, mu, sigma, n: score_at(f, mu, sigma, mu + sigma * torch.rand(n))),
        ("set no seed", seeded(my_score_function_gradient)),
        ("shape (n,)", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, n)[:, None]),
        ("asked for here", lambda f, mu, sigma, n: my_score_function_gradient(f, mu, sigma, 1000)),
    ],
    "kl_divergence": [
        ("1/2 is missing", lambda mu, logvar: 2 * kl_divergence(mu, logvar)),
        ("logvar` as sigma", lambda mu, logvar: 0.5 * (mu**2 + logvar**2 - 1 - (logvar**2).log()).sum(1)),
        ("logvar` as sigma", lambda mu, logvar: (0.5 * (mu**2 + logvar**2 - 1) - logvar.log()).sum(1)),
        ("as the variance", lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar.log()).sum(1)),
        ("exp(logvar) as sigma", lambda mu, logvar: kl_divergence(mu, 2 * logvar)),
        ("Sigma stands", lambda mu, logvar: 0.5 * (mu**2 + sigma(logvar) - 1 - logvar).sum(1)),
        ("Log sigma stands", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar / 2).sum(1)),
        ("square exp(logvar)", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() ** 2 - 1 - logvar).sum(1)),
        ("take its `exp`", lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar).sum(1)),
        ("sign is turned", lambda mu, logvar: -kl_divergence(mu, logvar)),
        ("sign is turned and", lambda mu, logvar: (1 + logvar - mu**2 - logvar.exp()).sum(1)),
        ("average over the latent", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1)),
        ("missing", lambda mu, logvar: (mu**2 + logvar.exp() - 1 - logvar).mean(1)),
        ("average over the batch", lambda mu, logvar: kl_divergence(mu, logvar).mean().expand(len(mu))),
        ("keep one number per image", lambda mu, logvar: kl_divergence(mu, logvar).mean()),
        ("sum over the batch", lambda mu, logvar: kl_divergence(mu.T, logvar.T)),
        ("other direction", lambda mu, logvar: their_kl(Normal(0.0, 1.0), Normal(mu, sigma(logvar))).sum(1)),
        ("-1 of each dimension", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar).sum(1)),
        ("once per image", lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - 1)),
        ("1 has the wrong sign", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() + 1 - logvar).sum(1)),
        ("`logvar` has the wrong sign", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(1)),
        ("not squared", lambda mu, logvar: 0.5 * (mu + logvar.exp() - 1 - logvar).sum(1)),
        ("`mu` is missing", lambda mu, logvar: kl_divergence(0 * mu, logvar)),
        ("bits", lambda mu, logvar: kl_divergence(mu, logvar) / math.log(2)),
        (
            "overflows",
            lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp() - 1).sum(1) - logvar.exp().prod(1).log()),
        ),
        ("Try one dimension", lambda mu, logvar: kl_divergence(mu, logvar) + 0.1),
        ("Try one dimension", lambda mu, logvar: 0.5 * (mu**2 + logvar.expm1() - logvar)[:, :2].sum(1)),
        ("`mu` or `logvar`", lambda mu, logvar: kl_divergence(mu, logvar).detach()),
        ("reaches `mu`.", lambda mu, logvar: kl_divergence(mu.detach(), logvar)),
        (
            "part of the gradient",
            lambda mu, logvar: 0.5 * (mu**2 + logvar.exp().detach() - 1 - logvar).sum(1),
        ),
        ("use `torch.exp`", lambda mu, logvar: 0.5 * (mu**2 + math.exp(logvar) - 1 - logvar).sum(1)),
        ("the last one, `.sum(-1)`", lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar)),
        ("keepdim", lambda mu, logvar: kl_divergence(mu, logvar)[:, None]),
        ("changes its input `logvar`", in_place(lambda mu, logvar: logvar.mul_(0.5))),
        ("changes its input `mu`", in_place(lambda mu, logvar: mu.zero_())),
        ("float64", lambda mu, logvar: kl_divergence(mu.double(), logvar.double())),
        ("type float", lambda mu, logvar: kl_divergence(mu, logvar).sum().item()),
        ("type list", lambda mu, logvar: kl_divergence(mu, logvar).tolist()),
    ],
    "monte_carlo_kl": [
        ("come from p", lambda mu, logvar, n: log_ratio_at(torch.randn(n, *mu.shape), mu, logvar)),
        ("sign is turned", lambda mu, logvar, n: -my_monte_carlo_kl(mu, logvar, n)),
        ("average over the latent", lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean((0, 2))),
        ("swapped", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(0).mean(-1)),
        (
            "not the densities",
            lambda mu, logvar, n: density_gap(mu, logvar, n, lambda log: log.exp().sum(2)),
        ),
        (
            "not the densities",
            lambda mu, logvar, n: density_gap(mu, logvar, n, lambda log: log.sum(2).exp()),
        ),
        ("q.sample((n,))", lambda mu, logvar, n: Normal(mu, sigma(logvar)).sample(n).sum(-1)),
        ("the last one, `.sum(-1)`", lambda mu, logvar, n: sampled_kl(mu, logvar, n).mean()),
        ("the last one, `.sum(-1)`", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(1).mean(0)),
        ("sum over the samples", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum((0, 2))),
        ("term of log q", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) + 0.5 * logvar.sum(1)),
        (
            "in log q only",
            lambda mu, logvar, n: (sampled_kl(mu, logvar, n) - 0.5 * math.log(2 * math.pi)).mean(0).sum(1),
        ),
        (
            "in log p only",
            lambda mu, logvar, n: (sampled_kl(mu, logvar, n) + 0.5 * math.log(2 * math.pi)).mean(0).sum(1),
        ),
        ("one sample", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 1)),
        (
            "one sample",
            lambda mu, logvar, n: (
                sampled_kl(mu, logvar, n, eps=torch.randn(mu.shape).expand(n, -1, -1)).mean(0).sum(1)
            ),
        ),
        (
            "latent dimensions share",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, eps=torch.randn(n, len(mu), 1)).mean(0).sum(1),
        ),
        (
            "same noise",
            lambda mu, logvar, n: (
                sampled_kl(mu, logvar, n, eps=torch.randn(n, 1, mu.shape[1])).mean(0).sum(1)
            ),
        ),
        ("same noise", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).mean().expand(len(mu))),
        (
            "logarithm of the average",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2).exp().mean(0).log(),
        ),
        ("average its logarithm", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2).exp().mean(0)),
        ("closed form", lambda mu, logvar, n: kl_divergence(mu, logvar)),
        ("Twice", lambda mu, logvar, n: 2 * my_monte_carlo_kl(mu, logvar, n)),
        ("bits", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n) / math.log(2)),
        (
            "spread by exp(logvar)",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, spread=torch.exp).mean(0).sum(1),
        ),
        ("exp(logvar) for sigma, in", lambda mu, logvar, n: my_monte_carlo_kl(mu, 2 * logvar, n)),
        (
            "Your log q takes",
            lambda mu, logvar, n: log_ratio_at(
                my_reparameterize(mu.expand(n, -1, -1), logvar), mu, 2 * logvar
            ),
        ),
        (
            "uniform",
            lambda mu, logvar, n: sampled_kl(mu, logvar, n, eps=torch.rand(n, *mu.shape)).mean(0).sum(1),
        ),
        (
            "log p(z) is missing",
            lambda mu, logvar, n: (
                Normal(mu, sigma(logvar))
                .log_prob(my_reparameterize(mu.expand(n, -1, -1), logvar.expand(n, -1, -1)))
                .mean(0)
                .sum(1)
            ),
        ),
        ("nats, and yours by", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, 1000 if n < 5 else 100)),
        ("set no seed", seeded(my_monte_carlo_kl)),
        ("keep one number per image", lambda mu, logvar, n: my_monte_carlo_kl(mu, logvar, n).mean()),
        ("Average over the samples", lambda mu, logvar, n: sampled_kl(mu, logvar, n).sum(2)),
        ("takes sigma", lambda mu, logvar, n: Normal(mu, logvar).sample((n,)).mean(0)),
    ],
    "vae_loss": [
        ("averaged over the pixels", total_from(lambda a, x: F.binary_cross_entropy_with_logits(a, x))),
        ("sigmoid is applied twice", total_from(lambda a, x: bce(a.sigmoid(), x))),
        (
            "sigmoid is applied twice, and",
            total_from(lambda a, x: F.binary_cross_entropy_with_logits(a.sigmoid(), x)),
        ),
        (
            "takes probabilities",
            total_from(lambda a, x: F.binary_cross_entropy(a, x, reduction="sum") / len(x)),
        ),
        ("swapped", total_from(lambda a, x: bce(x, a))),
        (
            "Probabilities and x are swapped",
            total_from(lambda a, x: F.binary_cross_entropy(x, a.sigmoid(), reduction="sum") / 3),
        ),
        ("squared error:", total_from(lambda a, x: (a.sigmoid() - x).square().sum() / len(x))),
        ("squared error, averaged", total_from(lambda a, x: F.mse_loss(a.sigmoid(), x))),
        ("squared error of the logits", total_from(lambda a, x: F.mse_loss(a, x, reduction="sum") / len(x))),
        ("absolute error", total_from(lambda a, x: F.l1_loss(a.sigmoid(), x, reduction="sum") / len(x))),
        ("Only half", total_from(lambda a, x: -(x * F.logsigmoid(a)).sum() / len(x))),
        ("reconstruction is summed over the batch", total_from(lambda a, x: bce(a, x) * len(x))),
        ("divide by 128", total_from(lambda a, x: bce(a, x) * len(x) / 128)),
        ("KL: you divide by 128", total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).sum() / 128)),
        ("sign of the reconstruction", total_from(lambda a, x: -bce(a, x))),
        (
            "infinite",
            total_from(
                lambda a, x: -(x * a.sigmoid().log() + (1 - x) * (1 - a.sigmoid()).log()).sum() / len(x)
            ),
        ),
        ("reconstruction should be", total_from(lambda a, x: bce(a, x) / 100)),
        (
            "support",
            total_from(lambda a, x: -torch.distributions.Bernoulli(logits=a).log_prob(x).sum() / len(x)),
        ),
        (
            "average over the latent",
            total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).mean() / mu.shape[1]),
        ),
        ("KL is summed over the batch", total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).sum())),
        ("In the KL: The sign", total_from(kl=lambda mu, logvar: -kl_divergence(mu, logvar).mean())),
        ("1/2 is missing", total_from(kl=lambda mu, logvar: 2 * kl_divergence(mu, logvar).mean())),
        ("KL should be", total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).mean() + 0.3)),
        ("KL is forgotten", total_from(total=lambda r, k: r)),
        ("ELBO", total_from(total=lambda r, k: -r - k)),
        ("subtracted", total_from(total=lambda r, k: r - k)),
        ("half the sum", total_from(total=lambda r, k: (r + k) / 2)),
        ("summed over the batch", total_from(total=lambda r, k: 3 * (r + k))),
        ("instead of their sum", total_from(total=lambda r, k: r + 4 * k)),
        ("No gradient reaches `logits` or `mu`", total_from(total=lambda r, k: (r + k).detach())),
        ("No gradient reaches `mu` or `logvar`", total_from(total=lambda r, k: r + k.detach())),
        ("another order", lambda *given: my_vae_loss(*given)[::-1]),
        ("another order", lambda *given: my_vae_loss(*given)[1:] + my_vae_loss(*given)[:1]),
        ("three scalars", lambda *given: my_vae_loss(*given)[0]),
        ("three scalars", lambda *given: my_vae_loss(*given)[:2]),
        (".item()", lambda *given: tuple(part.item() for part in my_vae_loss(*given))),
        ("average over the batch", total_from(lambda a, x: reconstruction_loss(a, x))),
        ("float64", lambda *given: tuple(part.double() for part in my_vae_loss(*given))),
    ],
    "log_mean_exp_bound": [
        ("exp(1000) overflows", lambda log_w: log_w.exp().mean(0).log()),
        ("exp(1000) overflows", lambda log_w: log_w.double().exp().mean(0).log().float()),
        ("exp(-1000) rounds to 0", bound_without(lambda log_w: log_w.amax(0).clamp(min=0))),
        ("each image's own", bound_without(lambda log_w: log_w.max())),
        ("dwarfs the others", bound_without(lambda log_w: log_w.mean(0))),
        ("dwarfs the others", bound_without(lambda log_w: log_w[0])),
        ("You average the logarithms", lambda log_w: log_w.mean(0)),
        ("sum the weights", lambda log_w: log_w.logsumexp(0)),
        ("wrong sign", lambda log_w: log_w.logsumexp(0) + math.log(len(log_w))),
        ("divide the logarithm", lambda log_w: log_w.logsumexp(0) / len(log_w)),
        ("average weight itself", lambda log_w: log_w.exp().mean(0)),
        ("sum of the weights", lambda log_w: log_w.exp().sum(0)),
        ("largest term alone", lambda log_w: log_w.amax(0)),
        ("use `amax(0)`", lambda log_w: log_w.max(0) + (log_w - log_w.max(0)).exp().mean(0).log()),
        ("not add it back", lambda log_w: (log_w - log_w.amax(0)).exp().mean(0).log()),
        ("sign is turned", lambda log_w: -my_log_mean_exp_bound(log_w)),
        ("bits", lambda log_w: my_log_mean_exp_bound(log_w) / math.log(2)),
        ("over the batch", lambda log_w: my_log_mean_exp_bound(log_w).mean().expand(log_w.shape[1])),
        ("over all the images", lambda log_w: log_w.exp().mean().log().expand(log_w.shape[1])),
        ("Dimension 0 counts the k draws", lambda log_w: log_w.logsumexp(1) - math.log(log_w.shape[1])),
        ("Dimension 0 counts the k draws", lambda log_w: my_log_mean_exp_bound(log_w.view(-1, 1))[0]),
        ("Leave out", lambda log_w: log_w.logsumexp(0, keepdim=True) - math.log(len(log_w))),
        ("weights 1 and 3", lambda log_w: log_w.logsumexp(0) - math.log(log_w.shape[1])),
        ("k = 1", lambda log_w: my_log_mean_exp_bound(log_w) if len(log_w) > 1 else 0 * log_w[0]),
        ("changes its input", lambda log_w: my_log_mean_exp_bound(log_w.sub_(1))),
    ],
    "training_step": [
        ("`optimizer.zero_grad()` is missing", step_from("backward", "step")),
        ("clears the gradients", step_from("backward", "zero", "step")),
        ("before `loss.backward()`", step_from("zero", "step", "backward")),
        ("too early", step_from("step", "zero", "backward")),
        ("too early", step_from("step", "backward")),
        ("`loss.backward()` is missing", step_from("zero", "step")),
        ("`optimizer.step()` is missing", step_from("zero", "backward")),
        ("summed over the batch, so", step_from(*TRIED, loss=lambda loss: 4 * loss.total)),
        ("averaged over the pixels", step_from(*TRIED, loss=lambda loss: loss.total / 784)),
        ("KL is forgotten", step_from(*TRIED, loss=lambda loss: loss.reconstruction)),
        ("reconstruction is forgotten", step_from(*TRIED, loss=lambda loss: loss.kl)),
        ("uphill", step_from(*TRIED, loss=lambda loss: -loss.total)),
        ("not as they should", step_from(*TRIED, loss=lambda loss: loss.reconstruction + 3 * loss.kl)),
        ("cut off from the weights", step_from(*TRIED, loss=lambda loss: loss.total.detach())),
        ("cut off from the weights", torch.no_grad()(my_training_step)),
        ("no fresh noise", step_without_noise),
        ("no fresh noise", seeded(my_training_step)),
        ("returns None", step_from(*TRIED, returns=lambda loss: None)),
        ("loss you return is summed", step_from(*TRIED, returns=lambda loss: 4 * loss.total.item())),
        ("another optimizer", step_with_own_optimizer),
        ("another model", step_on_another_model),
        ("logits first, then x", step_on_loss_of(lambda logits, x, mu, logvar: (x, logits, mu, logvar))),
        ("no sigmoid", step_on_loss_of(lambda logits, x, mu, logvar: (logits.sigmoid(), x, mu, logvar))),
        ("order of its arguments", step_on_loss_of(lambda logits, x, mu, logvar: (logits, x, logvar, mu))),
        ("return the reconstruction", step_from(*TRIED, returns=lambda loss: loss.reconstruction)),
        ("return the KL", step_from(*TRIED, returns=lambda loss: loss.kl)),
        ("but you return", step_from(*TRIED, returns=lambda loss: loss.total + 1)),
        ("type Loss", step_from(*TRIED, returns=lambda loss: loss)),
        ("changes its input `x`", lambda vae, optimizer, x: my_training_step(vae, optimizer, x.mul_(0.5))),
    ],
    "interpolate": [
        ("before `z_b`", walk_at(lambda steps: torch.arange(steps) / steps)),
        ("after `z_a`", walk_at(lambda steps: torch.arange(1, steps + 1) / steps)),
        ("both ends are missing", walk_at(lambda steps: torch.linspace(0, 1, steps + 2)[1:-1])),
        ("from `z_b` to `z_a`", walk_at(lambda steps: ends(steps).flip(0))),
        ("walk away", walk_at(ends, lambda z_a, z_b, t: z_a + t * (z_a - z_b))),
        ("`z_a` needs the weight", walk_at(ends, lambda z_a, z_b, t: z_a + t * z_b)),
        ("`z_b` needs the weight", walk_at(ends, lambda z_a, z_b, t: (1 - t) * z_a + z_b)),
        ("starts at 0", walk_at(ends, lambda z_a, z_b, t: t * (z_b - z_a))),
        ("sphere", walk_at(ends, along_sphere)),
        ("same one", walk_at(lambda steps: torch.full((steps,), 0.5))),
        ("t = i / 4", walk_at(lambda steps: ends(steps) ** 2)),
        ("t = i / 4", walk_at(lambda steps: (1 - torch.cos(torch.pi * ends(steps))) / 2)),
        ("not the gaps", walk_at(lambda steps: ends(steps + 1))),
        ("both ends included", walk_at(lambda steps: ends(steps)[:-1])),
        ("both ends included", walk_at(lambda steps: ends(steps)[1:-1])),
        ("each point a row", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).T),
        ("not (1, d)", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).unsqueeze(1)),
        ("torch.cat", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).flatten()),
        ("one point", lambda z_a, z_b, steps: (z_a + z_b) / 2),
        ("float64", lambda z_a, z_b, steps: my_interpolate(z_a, z_b, steps).double()),
        ("a value of type list", lambda z_a, z_b, steps: list(my_interpolate(z_a, z_b, steps))),
        ("torch.stack", lambda z_a, z_b, steps: torch.tensor(list(my_interpolate(z_a, z_b, steps)))),
        ("a column", lambda z_a, z_b, steps: z_a + ends(steps) * (z_b - z_a)),
        ("returns something", for_few_steps(lambda z_a, steps: z_a.expand(steps, -1))),
        ("returns something", for_few_steps(lambda z_a, steps: None)),
        ("stops with ZeroDivisionError", for_few_steps(lambda z_a, steps: 1 / 0)),
        ("if steps < 2", lambda z_a, z_b, steps: torch.lerp(z_a, z_b, ends(steps)[:, None])),
        ("changes its input `z_a`", lambda z_a, z_b, steps: my_interpolate(z_a.mul_(2), z_b, steps)),
    ],
    "mean_code": [
        ("all images: choose", lambda mu, labels, digit: mu.mean(0)),
        ("add the codes up", lambda mu, labels, digit: mu[labels == digit].sum(0)),
        ("number of all", lambda mu, labels, digit: mu[labels == digit].sum(0) / len(mu)),
        ("number of all", lambda mu, labels, digit: (mu * (labels == digit)[:, None]).mean(0)),
        ("do not show", lambda mu, labels, digit: mu[labels != digit].mean(0)),
        ("image number", lambda mu, labels, digit: mu[digit]),
        ("row numbers", lambda mu, labels, digit: mu[labels].mean(0)),
        ("one image only", lambda mu, labels, digit: mu[labels == digit][0]),
        ("same digit", lambda mu, labels, digit: mu[labels == 7].mean(0)),
        ("median", lambda mu, labels, digit: mu[labels == digit].median(0).values),
        ("are equal", lambda mu, labels, digit: mu[labels == digit].mean().expand(3)),
        ("dimension 0", lambda mu, labels, digit: mu[labels == digit].mean()),
        ("over the latent dimensions", lambda mu, labels, digit: mu[labels == digit].mean(1)),
        ("over the latent dimensions", lambda mu, labels, digit: mu.mean(1)),
        ("keepdim", lambda mu, labels, digit: mu[labels == digit].mean(0, keepdim=True)),
        ("average them", lambda mu, labels, digit: mu[labels == digit]),
        ("choose the rows", lambda mu, labels, digit: mu[labels == digit].std(0)),
        ("choose the rows", lambda mu, labels, digit: mu[labels == digit + 1].sum(0)),
        ("float64", lambda mu, labels, digit: mu.double()[labels == digit].mean(0)),
        ("changes its input `mu`", lambda mu, labels, digit: mu.mul_(2)[labels == digit].mean(0)),
    ],
}


def pathwise(f, z):
    return torch.autograd.grad(f(z.requires_grad_()).sum(), z)[0]


def times_log_density(f, density, n):
    z = density.sample((n,))
    return f(z) * density.log_prob(z)


def score_at(f, mu, sigma, z):
    return f(z) * (z - mu) / sigma**2


def score_for_sigma(f, mu, sigma, eps):
    return f(mu + sigma * eps) * (eps**2 - 1) / sigma


def density_gap(mu, logvar, n, density):
    """The average of q(z) - p(z), with densities in place of their logarithms."""
    q, p = Normal(mu, sigma(logvar)), Normal(0.0, 1.0)
    z = q.sample((n,))
    return (density(q.log_prob(z)) - density(p.log_prob(z))).mean(0)


def log_ratio_at(z, mu, logvar):
    return (Normal(mu, sigma(logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(2).mean(0)
