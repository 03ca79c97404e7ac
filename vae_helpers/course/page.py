"""Write the latent explorer as one HTML file: `python -m vae_helpers page FILE`."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from vae_helpers.checkpoints import pretrained
from vae_helpers.data import load_mnist
from vae_helpers.widgets import export_page


def main(arguments: Sequence[str]) -> None:
    """Write the file, or say in one sentence why not."""
    parser = ArgumentParser("python -m vae_helpers page", description=__doc__)
    parser.add_argument("file", type=Path, help="where to write it, such as latent_space.html")
    file = parser.parse_args(arguments).file
    try:
        write_explorer(file)
    except OSError as error:
        parser.error(str(error))
    print(f"{file} is written; open it in a browser")


def write_explorer(file: Path) -> None:
    """The shipped model and 2,000 test images, in a page that needs no Python and no network."""
    images, labels = load_mnist(train=False)
    export_page(pretrained(20), images[:2000], labels[:2000], file)
