"""Answers to notebook 04: the loss, the bias of a good start, a training step and the clinic."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from solutions import my_diagnosis, my_output_bias, my_training_step, my_vae_loss
from torch.distributions import Normal

from answers._02_reparameterization import seeded, sigma
from answers._03_kl import kl_by_loop
from vae_helpers import VAE, batches, kl_divergence, reconstruction_loss, vae_loss


def bce(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def vae_loss_by_hand(logits, x, mu, logvar, beta=1.0):
    p = torch.sigmoid(logits)
    recon = -(x * torch.log(p + 1e-12) + (1 - x) * torch.log(1 - p + 1e-12)).sum(dim=(1, 2, 3)).mean()
    kl = kl_by_loop(mu, logvar).mean()
    return [recon + beta * kl, recon, kl]


def vae_loss_on_probabilities(logits, x, mu, logvar, beta=1.0):
    recon = F.binary_cross_entropy(torch.sigmoid(logits), x, reduction="none").flatten(1).sum(1).mean()
    kl = kl_divergence(mu, logvar).mean()
    return recon + beta * kl, recon, kl


def vae_loss_with(total=lambda r, k, beta: r + beta * k, kl=lambda k, beta: k):
    """A vae_loss that does something else with beta."""

    def loss(logits, x, mu, logvar, beta=1.0):
        r, k = bce(logits, x), kl_divergence(mu, logvar).mean()
        return total(r, k, beta), r, kl(k, beta)

    return loss


def step_with_zero_grad_last(vae, optimizer, x):
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar).total
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


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

    return optimizer.step(closure).item()


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


IMAGES = torch.rand(8, 1, 28, 28)  # of a cell above


def steps_by_loop(count):
    """Several steps on the batch, as in a loop over epochs."""

    def step(vae, optimizer, x):
        return [my_training_step(vae, optimizer, x) for _ in range(count)][-1]

    return step


def step_per_image(vae, optimizer, x):
    return sum(my_training_step(vae, optimizer, image[None]) for image in x) / len(x)


def step_per_batch(vae, optimizer, x):
    for batch in batches(IMAGES, 2):
        loss = my_training_step(vae, optimizer, batch)
    return loss


def loss_after(vae, optimizer, x):
    my_training_step(vae, optimizer, x)
    logits, mu, logvar = vae(x)
    return vae_loss(logits, x, mu, logvar).total.item()


def step_with_two_backwards(keep):
    def step(vae, optimizer, x):
        optimizer.zero_grad()
        logits, mu, logvar = vae(x)
        loss = vae_loss(logits, x, mu, logvar)
        loss.total.backward(retain_graph=keep)
        loss.total.backward()
        optimizer.step()
        return loss.total.item()

    return step


def step_on_two_halves(vae, optimizer, x):
    optimizer.zero_grad()
    logits, mu, logvar = vae(x)
    loss = vae_loss(logits, x, mu, logvar)
    loss.total.backward()
    loss.kl.backward()
    optimizer.step()
    return loss.total.item()


def step_unpacked(vae, optimizer, x):
    mu, logvar = vae(x)
    return vae_loss(vae.decode_logits(mu), x, mu, logvar)


def step_of_the_model(vae, optimizer, x):
    vae.step(my_training_step(vae, optimizer, x))


def step_unbound(vae, optimizer, x):
    loss.backward()  # noqa: F821  (that is the mistake)
    loss = vae(x)
    return loss[0]


def step_left_in(vae, optimizer, x):
    loss = my_training_step(vae, optimizer, x)
    raise NotImplementedError
    return loss


def bias_by_loop(images):
    total = torch.zeros(784)
    for image in images:
        total += image.flatten()
    p = total / len(images)
    return torch.logit(p, eps=1e-4)


def bias_by_counts(images):
    white = images.sum((0, 1)).flatten() + 1  # as if there were one image more of each kind
    return torch.log(white / (len(images) + 2 - white))


def bias_of(mean, eps=0.001):
    """The log-odds of some mean image of the rows of pixels."""
    return lambda images: torch.logit(mean(images.flatten(1)), eps=eps)


def diagnosed(**logs):
    """The right diagnosis, but for these logs."""
    return lambda: my_diagnosis() | logs


RIGHT = {
    "diagnosis": [
        my_diagnosis,
        lambda: dict(reversed(my_diagnosis().items())),
        lambda: {name: list(pair) for name, pair in my_diagnosis().items()},
        diagnosed(A=(5, 5), C=(1, 4), D=(4, 3), E=(8, 2), F=(10, 5), G=(3, 2), H=(9, 3), I=(12, 4)),
        diagnosed(**{name: tuple(np.array(pair)) for name, pair in my_diagnosis().items()}),
    ],
    "vae_loss": [
        my_vae_loss,
        vae_loss,
        vae_loss_by_hand,
        vae_loss_on_probabilities,
        lambda *given: tuple(part.double() for part in my_vae_loss(*given)),
    ],
    "training_step": [my_training_step, step_with_zero_grad_last, step_by_hand, step_with_closure],
    "output_bias": [
        my_output_bias,
        bias_by_loop,
        bias_of(lambda rows: rows.mean(0), eps=1e-6),
        lambda images: images.mean(0).clamp(0.01, 0.99).logit().view(-1),
        bias_by_counts,
        lambda images: bias_by_loop(images).double(),
    ],
}


WRONG = {
    "diagnosis": [
        ("right so far: 0 of 9 logs", dict),
        ("right so far: 1 of 9 logs", lambda: {"A": (5, 0)}),
        ("right so far: 8 of 9 logs", diagnosed(I=None)),
        ("| D | another cause | Compare the loss that it ends with", diagnosed(D=(8, 1))),
        ("| E | another cause | Subtract the reconstruction", diagnosed(E=(4, 1))),
        ("| F | another cause | Line 0 is healthy", diagnosed(F=(9, 1))),
        ("| G | another cause | It ends far above", diagnosed(G=(9, 5))),
        ("| H | another cause | Its codes say more", diagnosed(H=(11, 5))),
        ("| B | another cause | Line 0 is written before", diagnosed(B=(10, 1))),
        ("| C | another cause | One column", diagnosed(C=(7, 1))),
        ("| A | another cause | Divide", diagnosed(A=(6, 0))),
        ("| I | another cause | Three columns", diagnosed(I=(1, 5))),
        ("| B | another line | The cause is right", diagnosed(B=(2, 1))),
        ("| G | another line | The cause is right", diagnosed(G=(3, 1))),
        ("no log 'J'", diagnosed(J=(1, 1))),
        ("no log 'a'", lambda: {"a": (5, 0)}),
        ("no log 0", lambda: {0: (5, 0)}),
        ("two whole numbers", lambda: {"A": 5}),
        ("two whole numbers", lambda: {"A": (5,)}),
        ("two whole numbers", lambda: {"A": (5, True)}),
        ("two whole numbers", lambda: {"A": ("5", "0")}),
        ("two whole numbers", lambda: {"A": ("averaged over the pixels " * 20, 0)}),
        ("numbered from 1 to 12", lambda: {"A": (13, 0)}),
        ("epochs 0 to 5", lambda: {"A": (5, 6)}),
        ("of type list", lambda: [(5, 0), (2, 0)]),
        ("of type set", lambda: {"A"}),
        ("not defined", lambda: {A: (5, 0)}),  # noqa: F821  (no quotes: that is the mistake)
    ],
    "vae_loss": [
        ("keep the first line of the stub", total_from()),
        ("total is the one of beta = 1", vae_loss_with(lambda r, k, beta: r + k)),
        ("multiplies the reconstruction", vae_loss_with(lambda r, k, beta: beta * r + k)),
        ("multiplies both halves", vae_loss_with(lambda r, k, beta: beta * (r + k))),
        ("instead of", vae_loss_with(lambda r, k, beta: r + beta**2 * k)),
        ("before it is multiplied", vae_loss_with(kl=lambda k, beta: beta * k)),
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
        ("Sum over the pixels", total_from(lambda a, x: (a - x) ** 2)),
        ("reconstruction is divided by the number", total_from(lambda a, x: bce(a, x) / len(x))),
        ("KL is divided", total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).mean() / len(mu))),
        ("reconstruction is the median", total_from(lambda a, x: reconstruction_loss(a, x).median())),
        ("reconstruction is the largest", total_from(lambda a, x: reconstruction_loss(a, x).max())),
        ("KL is the median", total_from(kl=lambda mu, logvar: kl_divergence(mu, logvar).median())),
        (
            "same whatever `mu` is",
            total_from(kl=lambda mu, logvar: kl_divergence(0 * mu + 0.7, logvar).mean()),
        ),
        ("`nn.Flatten()(images)`", total_from(lambda a, x: torch.nn.BCEWithLogitsLoss(a, x))),
        ("t.sum(1)", total_from(lambda a, x: np.mean(reconstruction_loss(a, x), axis=0))),
        ("three scalars", lambda *given: torch.stack(my_vae_loss(*given))),
        ("three scalars", lambda *given: {"total": my_vae_loss(*given)[0]}),
    ],
    "training_step": [
        ("`optimizer.zero_grad()` is missing", step_from("backward", "step")),
        ("clears the gradients", step_from("backward", "zero", "step")),
        ("before `loss.total.backward()`", step_from("zero", "step", "backward")),
        ("too early", step_from("step", "zero", "backward")),
        ("too early", step_from("step", "backward")),
        ("`loss.total.backward()` is missing", step_from("zero", "step")),
        ("`optimizer.step()` is missing", step_from("zero", "backward")),
        ("summed over the batch, so", step_from(*TRIED, loss=lambda loss: 4 * loss.total)),
        ("averaged over the pixels", step_from(*TRIED, loss=lambda loss: loss.total / 784)),
        ("KL is forgotten", step_from(*TRIED, loss=lambda loss: loss.reconstruction)),
        ("reconstruction is forgotten", step_from(*TRIED, loss=lambda loss: loss.kl)),
        ("uphill", step_from(*TRIED, loss=lambda loss: -loss.total)),
        ("not as they should", step_from(*TRIED, loss=lambda loss: loss.reconstruction + 3 * loss.kl)),
        ("cut off from what it depends on", step_from(*TRIED, loss=lambda loss: loss.total.detach())),
        ("cut off from what it depends on", torch.no_grad()(my_training_step)),
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
        ("all three losses", step_from(*TRIED, returns=lambda loss: loss)),
        ("changes its input `x`", lambda vae, optimizer, x: my_training_step(vae, optimizer, x.mul_(0.5))),
        ("takes 10 steps", steps_by_loop(10)),
        ("takes 2 steps", steps_by_loop(2)),
        ("takes 4 steps", step_per_image),
        ("takes 4 steps", step_per_batch),
        ("same whatever `x` is", lambda vae, optimizer, x: my_training_step(vae, optimizer, IMAGES)),
        ("taken after it", loss_after),
        ("`loss.total.backward()`", step_from(*TRIED, loss=lambda loss: loss)),
        ("`loss.total.backward()`", step_from(*TRIED, loss=tuple)),
        ("leave out `.total`", step_from(*TRIED, loss=lambda loss: loss.total.total)),
        ("and `.item()` after it", step_from(*TRIED, loss=lambda loss: loss.total.item())),
        ("before your function has given", step_unbound),
        ("call it once", step_with_two_backwards(keep=False)),
        ("call it once", step_on_two_halves),
        ("twice the gradient", step_with_two_backwards(keep=True)),
        ("a float is asked for", step_from(*TRIED, returns=lambda loss: loss.total)),
        ("a float is asked for", step_from(*TRIED, returns=lambda loss: loss.total.detach())),
        ("type bool", step_from(*TRIED, returns=lambda loss: True)),
        ("numpy array", step_from(*TRIED, returns=lambda loss: loss.total.detach().numpy())),
        ("divided by the number of images, and", step_from(*TRIED, loss=lambda loss: loss.total / 4)),
        ("number of images twice", step_from(*TRIED, returns=lambda loss: loss.total.item() / 4)),
        ("gives three", step_unpacked),
        ("The optimizer takes the step", step_of_the_model),
        ("still stands below", step_left_in),
        ("made first and called then", lambda vae, o, x: my_training_step(vae, o, torch.nn.Flatten(x))),
    ],
    "output_bias": [
        ("Infinite", lambda images: images.mean(0).flatten().logit()),
        ("Infinite", bias_of(lambda rows: rows.mean(0), eps=1e-12)),
        ("Clamp the mean closer", bias_of(lambda rows: rows.mean(0), eps=0.1)),
        ("mean image, a probability", lambda images: images.mean(0).flatten()),
        ("average the log-odds", lambda images: images.flatten(1).logit(0.001).mean(0)),
        ("average the log-odds", lambda images: images.flatten(1).logit().mean(0)),
        ("sign is turned", lambda images: -my_output_bias(images)),
        ("logarithm of p; log-odds", lambda images: images.mean(0).flatten().log()),
        ("These are the odds", lambda images: my_output_bias(images).exp()),
        ("the way back", lambda images: images.mean(0).flatten().sigmoid()),
        ("base 2", lambda images: my_output_bias(images) / math.log(2)),
        ("base 10", lambda images: my_output_bias(images) / math.log(10)),
        ("average pixel", lambda images: images.mean().logit().expand(784)),
        ("median", bias_of(lambda rows: rows.median(0).values)),
        ("one image", bias_of(lambda rows: rows[0])),
        ("number of images twice", bias_of(lambda rows: rows.mean(0) / len(rows))),
        ("by 255", bias_of(lambda rows: rows.mean(0) / 255)),
        ("add the images up", lambda images: images.flatten(1).sum(0).logit()),
        ("subtract 1/2", lambda images: images.mean(0).flatten() - 0.5),
        ("Which number becomes p", bias_of(lambda rows: rows.sum(0))),
        ("one row of 784", lambda images: images.mean(0).logit(0.001)),
        ("one row of 784", lambda images: images.mean((0, 1)).logit(0.001)),
        ("Average over the images", lambda images: images.mean((1, 2, 3)).logit()),
        ("Average over the images", lambda images: images.mean().logit()),
        ("same whatever `images` is", lambda images: torch.zeros(784)),
        ("same whatever `images` is", lambda images: torch.full((784,), -1.9)),
        ("t.sum(1)", lambda images: np.mean(images, axis=0)),
        ("for one plain number", lambda images: torch.logit(images.mean().item())),
    ],
}
