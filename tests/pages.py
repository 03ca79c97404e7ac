"""The pages that people read: their Markdown, their headings, and the anchors of these."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md"
GUIDE, QUESTIONS = ROOT / "notebooks" / "TEACHING.md", ROOT / "notebooks" / "QUESTIONS.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def text_of(path: Path) -> str:
    """A file's Markdown."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def headings(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL)
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def links(text: str) -> list[tuple[str, str]]:
    """The file and the anchor of each link that stays in the repository; CI has no network."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [(*target.split("#"), "")[:2] for target in targets if not target.startswith("https://")]


def anchor_of(heading: str) -> str:
    """What leads to a heading in JupyterLab: its text, with hyphens for spaces."""
    return re.sub(r"[*`]", "", heading).replace(" ", "-")


def anchors(path: Path, jupyterlab: bool) -> list[str]:
    """What leads to the headings of a file: in JupyterLab, or else on GitHub.

    JupyterLab looks for the anchor as the browser hands it over, so that a heading with a sign that a browser
    encodes (other than ASCII) or with a formula is out of reach. GitHub's are in small letters, without
    punctuation.
    """
    if jupyterlab:
        return [anchor_of(text) for text in headings(path) if text.isascii() and not set('$"<>') & set(text)]
    return [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings(path)]
