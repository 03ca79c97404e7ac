"""How fast the playground trains in its page, and what the page does meanwhile.

    python tests/benchmarks/playground.py [seconds]

The size of the file; the time from its opening to the first step, with a press of Play in between; what it
asks for. Then, for three betas: steps and pictures a second, and how far apart the page's own frames are; a
headless Chromium draws 60 of these a second at best. Run it on a quiet machine; `taskset -c 0` before it
leaves one core to page and worker together.
"""

import os
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

sys.path.append(str(Path(__file__).parent.parent))
from chromium import chromium
from playwright.sync_api import Browser

from vae_helpers.widgets import export_playground

RECORD = """(seconds) => new Promise((done) => {
    const element = document.querySelector(".vae-playground");
    const frames = [], tasks = [], first = Number(element.dataset.step);
    let pictures = 0;
    new MutationObserver(() => { pictures++; })
        .observe(element, { attributes: true, attributeFilter: ["data-step"] });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: "longtask" });
    const frame = (now) => {
        frames.push(now);
        if (now - frames[0] < 1000 * seconds) return requestAnimationFrame(frame);
        done({ frames, tasks, pictures, steps: Number(element.dataset.step) - first });
    };
    requestAnimationFrame(frame);
})"""
OPENED = """() => new Promise((done) => {
    const look = () => {
        const step = document.querySelector(".vae-playground")?.dataset.step;
        if (step === "0") document.querySelector(".vae-playground button").click(); // Play
        if (step > 0) done(performance.now());
        else requestAnimationFrame(look);
    };
    look();
})"""


def measure(browser: Browser, file: Path, seconds: float) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    asked = []
    page.on("request", lambda request: asked.append(request.url.split(":")[0]))
    page.goto(file.as_uri(), wait_until="commit")
    first_step = page.evaluate(OPENED)
    print(f"first step {first_step:.0f} ms after opening; requests: {sorted(set(asked))}")
    for key in ("Home", "ArrowRight", "End"):
        dial = page.get_by_label("β")
        for _ in range(10 if key == "ArrowRight" else 1):
            dial.press(key)
        record = page.evaluate(RECORD, seconds)
        report(f"beta {dial.get_attribute('aria-valuetext')}", record, seconds)
    page.close()


def report(name: str, record: dict, seconds: float) -> None:
    gaps = [after - before for before, after in zip(record["frames"], record["frames"][1:], strict=False)]
    rates = [record["steps"] / seconds, record["pictures"] / seconds, len(gaps) / seconds]
    print(
        f"{name:9} {rates[0]:.0f} steps, {rates[1]:.0f} pictures, {rates[2]:.0f} frames a second; frames "
        f"{median(gaps):.1f} ms apart (95 %: {quantiles(gaps, n=20)[-1]:.1f}, longest {max(gaps):.1f}), "
        f"{len(record['tasks'])} long tasks (longest {max(record['tasks'], default=0):.0f} ms)"
    )


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "playground.html"
        export_playground(file)
        size, cores, load = file.stat().st_size, len(os.sched_getaffinity(0)), os.getloadavg()[0]
        print(f"{size:,} bytes; cores: {cores}; load {load:.1f}")
        for _ in range(2):
            measure(browser, file, seconds)
