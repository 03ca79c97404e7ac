"""Write the latent explorer, or the playground, as one HTML file: `python -m vae_helpers page FILE`."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from vae_helpers.checkpoints import pretrained
from vae_helpers.data import load_mnist
from vae_helpers.widgets import export_page, export_playground


def main(arguments: Sequence[str]) -> None:
    """Write the file, or say in one sentence why not."""
    parser = ArgumentParser("python -m vae_helpers page", description=__doc__)
    parser.add_argument("file", type=Path, help="where to write it, such as latent_space.html")
    parser.add_argument(
        "--playground", action="store_true", help="the VAE that trains in the page, in place of the explorer"
    )
    given = parser.parse_args(arguments)
    write = export_playground if given.playground else write_explorer
    try:
        write(given.file)
    except OSError as error:
        parser.error(str(error))
    print(f"{given.file} is written; open it in a browser")


def write_explorer(file: Path) -> None:
    """The shipped model and 2,000 test images, in a page that needs no Python and no network."""
    images, labels = load_mnist(train=False)
    export_page(pretrained(20), images[:2000], labels[:2000], file)
