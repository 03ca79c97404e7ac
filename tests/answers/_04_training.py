"""Answers to notebook 04: the loss and a training step."""

import torch
import torch.nn.functional as F
from solutions import my_training_step, my_vae_loss
from torch.distributions import Normal

from answers._02_reparameterization import seeded, sigma
from answers._03_kl import kl_by_loop
from vae_helpers import VAE, kl_divergence, reconstruction_loss, vae_loss


def bce(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


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


TRIED = ("zero", "backward", "step")


RIGHT = {
    "vae_loss": [my_vae_loss, vae_loss, vae_loss_by_hand, vae_loss_on_probabilities],
    "training_step": [my_training_step, step_with_zero_grad_last, step_by_hand, step_with_closure],
}


WRONG = {
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
}
