"""The model may be on any device that this machine has: what comes out is what the CPU computes."""

import copy
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import answers
import pytest
import torch
from told import told
from torch import Tensor

import vae_helpers
from vae_helpers import (
    VAE,
    Claim,
    KLDemo,
    LatentExplorer,
    LatentSliders,
    Mixture,
    Playground,
    ReparameterizationDemo,
    batches,
    checks,
    evaluate,
    export_page,
    flow_target,
    follow_flow,
    interpolate,
    kl_divergence,
    kl_per_dimension,
    load_fashion,
    load_mnist,
    load_vae,
    log_mean_exp_bound,
    mean_code,
    optimise_code,
    prediction,
    prepare_digit,
    pretrained,
    pretrained_autoencoder,
    pretrained_conditional,
    pretrained_judge,
    quantile_grid,
    reconstruction_loss,
    reparameterize,
    responsibilities,
    save_vae,
    table,
    train,
    train_epoch,
    train_judge,
    vae_loss,
    with_error,
)
from vae_helpers.beyond.conditional import train_conditional
from vae_helpers.plotting import (
    figure_png,
    plot_architecture,
    plot_digits,
    plot_latent_plane,
    plot_manifold,
)

IMAGES, LABELS = [part[:40] for part in load_mnist(train=False)]

DEVICES = ["cpu"]
DEVICES += ["cuda"] if torch.cuda.is_available() else []
DEVICES += ["mps"] if torch.backends.mps.is_available() else []


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def vae(device: str) -> VAE:
    return pretrained(2).to(device)


def close(there: Tensor, here: Tensor) -> None:
    torch.testing.assert_close(there.cpu(), here, rtol=1e-3, atol=1e-3)


def test_trains_and_evaluates(device: str, mnist_test: tuple[Tensor, Tensor]):
    vae, images = VAE(2).to(device), mnist_test[0][:300]
    before = copy.deepcopy(vae).cpu()
    states = torch.get_rng_state(), torch.cuda.get_rng_state_all()
    history = train(vae, images, test_images=images, epochs=2)
    assert history.loss[1] < history.loss[0]
    assert {weight.device.type for weight in vae.parameters()} == {device}
    assert evaluate(vae, images).total < evaluate(before, images).total
    close(evaluate(vae, images).kl, evaluate(vae.cpu(), images).kl)  # no noise in it
    assert torch.equal(torch.get_rng_state(), states[0])
    assert all(map(torch.equal, torch.cuda.get_rng_state_all(), states[1]))


def test_saves_for_any_device(vae: VAE, tmp_path: Path):
    save_vae(vae, tmp_path / "vae.pt")
    for there, here in zip(vae.parameters(), load_vae(tmp_path / "vae.pt").parameters(), strict=True):
        assert torch.equal(there.cpu(), here)


def test_codes_and_figures(vae: VAE, device: str, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test[0][:200], mnist_test[1][:200]
    with torch.no_grad():
        mu, logvar = vae.encode(images.to(device))
        expected = pretrained(2).encode(images)
    close(kl_per_dimension(mu, logvar), kl_per_dimension(*expected))
    close(mean_code(mu, labels, 3), mean_code(expected[0], labels, 3))
    close(interpolate(mu[0], mu[1], 5), interpolate(expected[0][0], expected[0][1], 5))
    assert plot_digits(images[:5].to(device)).axes
    assert plot_latent_plane(mu, labels.to(device)).axes


def test_widgets_and_page(vae: VAE, tmp_path: Path, mnist_test: tuple[Tensor, Tensor]):
    images, labels = mnist_test[0][:100], mnist_test[1][:100]
    sliders, expected = LatentSliders(vae, images), LatentSliders(pretrained(2), images)
    sliders.sliders[0].value = expected.sliders[0].value = 1.5
    assert sliders.picture.decoder
    close(sliders.z, expected.z)
    close(LatentExplorer(vae, images, labels).z, LatentExplorer(pretrained(2), images, labels).z)
    export_page(vae, images, labels, tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1_000_000


# Other defaults than torch's own: what the package makes and reads is what it always is


def mixture(n: int, k: int) -> Tensor:
    return torch.linspace(-3, 0, n * k, dtype=torch.float32, device="cpu").view(n, k)


def codes() -> tuple[Tensor, Tensor]:
    return pretrained(2).encode(IMAGES)


def use_data() -> object:
    return load_mnist(train=False), load_fashion(train=False), list(batches(IMAGES, 7))


def use_shipped_models() -> object:
    vaes = [pretrained(2), pretrained(20, seed=1), pretrained_autoencoder()]
    conditional = pretrained_conditional()
    judges = [pretrained_judge(0), pretrained_judge(1)]
    return (
        [vae(IMAGES) for vae in vaes],
        conditional(IMAGES, LABELS),
        [(judge(IMAGES), judge.sure(IMAGES), judge.information(IMAGES)) for judge in judges],
    )


def use_losses() -> object:
    vae = pretrained(2)
    logits, mu, logvar = vae(IMAGES)
    return (
        reparameterize(mu, logvar),
        reconstruction_loss(logits, IMAGES),
        kl_divergence(mu, logvar),
        kl_per_dimension(mu, logvar),
        vae_loss(logits, IMAGES, mu, logvar),
        log_mean_exp_bound(mixture(3, 5)),
        evaluate(vae, IMAGES),
    )


def use_training() -> object:
    vae, said = pretrained(2), []
    optimizer = torch.optim.Adam(vae.parameters(), fused=True)
    losses = train_epoch(vae, IMAGES, optimizer, batch_size=16, on_batch=said.append)
    history = train(vae, IMAGES, test_images=IMAGES, epochs=1)
    return losses, said, history.loss, history.test_loss, list(vae.parameters())


def use_files() -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vae.pt"
        save_vae(pretrained(2), path)
        return list(load_vae(path).parameters())


def use_codes() -> object:
    mu, _ = codes()
    return (
        interpolate(mu[0], mu[1], 5),
        mean_code(mu, LABELS, 7),
        quantile_grid(5),
        pretrained(2).decode(quantile_grid(5)),
        optimise_code(pretrained(2), IMAGES[:3], steps=3),
    )


def use_priors() -> object:
    mu, _ = codes()
    times = mu.new_full((len(mu), 1), 0.25)
    return (
        responsibilities(mixture(4, 3)),
        flow_target(mu, mu.flip(0), times),
        follow_flow(lambda z, t: z * t, mu, steps=3),
    )


def use_mixture() -> object:
    mu, _ = codes()
    fitted = Mixture.fit(mu, parts=2)
    return fitted.log_prob(mu), fitted.sample(3)


def use_evidence() -> object:
    ours, rival = mixture(2, 6), mixture(2, 6).square()
    claim = Claim("a", "b", "nats", 0.1)
    return claim.judge(ours, rival), with_error(ours), table(["a"], [1]).data, prediction(1, "a", ours.mean())


def use_drawing() -> object:
    paper = mixture(100, 80) * 0 + 0.8
    paper[20:80, 37:43] = 0.1
    return prepare_digit(paper), prepare_digit(paper.numpy())


def train_others() -> object:
    """Their first weights are drawn in another dtype, so that numbers differ, but not their kind."""
    judge = train_judge(IMAGES, LABELS, epochs=1)
    conditional = train_conditional(IMAGES, LABELS, epochs=1)
    return [weight.dtype for weight in (*judge.parameters(), *conditional.parameters())], judge(IMAGES).shape


def use_figures() -> object:
    vae, (mu, _) = pretrained(2), codes()
    figures = [
        plot_digits(IMAGES[:7], columns=5),
        plot_architecture(vae),
        plot_latent_plane(mu, LABELS),
        plot_manifold(IMAGES[:25], quantile_grid(5)),
    ]
    return [figure_png(figure) for figure in figures]


def use_sliders() -> object:
    sliders = LatentSliders(pretrained(2), IMAGES)
    sliders.sliders[0].value = 1.5
    moved = sliders.z
    sliders.z = moved.flip(0)
    sliders.z[1] = 0.5
    sliders.picture.set_state({"z": [0.5, 0.25]})
    return moved, sliders.z, figure_png(sliders.still()), figure_png(LatentSliders(pretrained()).still())


def use_explorer() -> object:
    explorer = LatentExplorer(pretrained(2), IMAGES, LABELS)
    explorer.set_state({"z": [0.5, 0.25], "drawing": memoryview(bytes(784))})
    explorer.z[0] = 1
    explorer.add("again", pretrained(2))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        export_page(pretrained(2), IMAGES, LABELS, page)
        text = page.read_text(encoding="utf-8")
    return explorer.z, explorer.drawing, explorer.drawings, figure_png(explorer.still()), text


def use_playground() -> object:
    return figure_png(Playground(mistakes=["sigma read as logvar"]).still())


def use_demos() -> object:
    return KLDemo().draw(), ReparameterizationDemo().draw()


def use_checks() -> object:
    results = []
    for name in sorted({*checks.__all__} - {"CheckResult"}):
        result = getattr(checks, name)(answers.SOLUTIONS[f"my_{name}"])
        results.append((name, result.status))
    return results


USES = [value for name, value in list(globals().items()) if name.startswith(("use_", "train_others"))]
KINDS = {"DATA", "VAE", "Autoencoder", "ConditionalVAE", "Epoch", "History", "Judge", "Loss"}  # and no work


def test_every_public_name_is_used_here():
    used = {name for use in [*USES, codes] for name in use.__code__.co_names}
    assert set(vae_helpers.__all__) - KINDS <= used


@pytest.fixture
def other_defaults() -> Iterator[Callable[[], None]]:
    """Sets them; afterwards they are torch's own again."""

    def set_them() -> None:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")  # what is made there has no numbers

    yield set_them
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_other_defaults_change_nothing(use: Callable[[], object], other_defaults: Callable[[], None]):
    torch.manual_seed(0)
    expected = use()
    torch.manual_seed(0)
    other_defaults()
    same(use(), expected)


def test_other_defaults_are_back_after_an_error(other_defaults: Callable[[], None]):
    other_defaults()
    with pytest.raises(ValueError, match="at least 10 x 10"):
        prepare_digit(torch.ones(9, 50, device="cpu"))
    assert torch.get_default_dtype() == torch.float64


# Models in other states


def made_in_inference_mode() -> VAE:
    with torch.inference_mode():
        return VAE(2)


def quantized() -> VAE:
    quantization = pytest.importorskip("torch.ao.quantization")  # which torch may give up
    return quantization.quantize_dynamic(pretrained(2), {torch.nn.Linear})


def save_and_load(vae: VAE) -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_vae(vae, Path(folder) / "vae.pt")
        load_vae(Path(folder) / "vae.pt")


def export(vae: VAE) -> None:
    with tempfile.TemporaryDirectory() as folder:
        export_page(vae, IMAGES, LABELS, Path(folder) / "page.html")


WORK = {
    "encode": lambda vae: vae.encode(IMAGES),
    "decode": lambda vae: vae.decode(torch.zeros(1, 2)),
    "train": lambda vae: train(vae, IMAGES, epochs=1),
    "train_epoch": lambda vae: train_epoch(vae, IMAGES, ADAM),
    "evaluate": lambda vae: evaluate(vae, IMAGES),
    "optimise_code": lambda vae: optimise_code(vae, IMAGES[:3], steps=1),
    "save_vae": save_and_load,
    "LatentSliders": lambda vae: LatentSliders(vae, IMAGES).still(),
    "LatentExplorer": lambda vae: LatentExplorer(vae, IMAGES, LABELS).still(),
    "export_page": export,
    "plot_architecture": plot_architecture,
}
ADAM = torch.optim.Adam(VAE(2).parameters())
BITS = "vae must have weights of 32 or 64 bits, got"
LEARN = "vae must not be made in inference mode, in which nothing can learn"
REFUSED = {  # state: the sentence, and for what
    "frozen": ("vae must have weights that can learn, got frozen ones", {"train", "train_epoch"}),
    "made in inference mode": (LEARN, {"train", "train_epoch", "optimise_code"}),
    "half": (f"{BITS} torch.float16; use vae.float", {*WORK} - {"save_vae", "plot_architecture"}),
    "quantized": ("(32 or 64 bits, got none|must not be).* quantized", {*WORK} - {"plot_architecture"}),
}
STATES = {
    "frozen": lambda: pretrained(2).requires_grad_(False),
    "made in inference mode": made_in_inference_mode,
    "half": lambda: pretrained(2).half(),
    "quantized": quantized,
}


@pytest.mark.filterwarnings("ignore:.*quantiz", "ignore::DeprecationWarning")  # of torch
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("work", WORK)
def test_a_model_in_another_state_works_or_is_refused_in_a_sentence(state: str, work: str):
    sentence, refused = REFUSED[state]
    gradients = torch.no_grad() if work in ("encode", "decode") else torch.enable_grad()
    with gradients, told((TypeError, ValueError), sentence) if work in refused else nullcontext():
        WORK[work](STATES[state]())


def test_one_layer_made_in_inference_mode_is_enough():
    vae = pretrained(2)
    with torch.inference_mode():
        vae.to_mu = torch.nn.Linear(400, 2)
    with told(ValueError, LEARN):
        train(vae, IMAGES, epochs=1)


def test_what_is_advised_for_a_model_made_in_inference_mode_helps():
    assert len(train(copy.deepcopy(made_in_inference_mode()), IMAGES, epochs=1)) == 1


def same(ours: object, theirs: object) -> None:
    """Equal, and tensors also in dtype and device."""
    assert type(ours) is type(theirs)
    if isinstance(ours, Tensor):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            same(our, their)
    else:
        assert ours == theirs
