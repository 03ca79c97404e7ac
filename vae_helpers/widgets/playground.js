// The playground: its controls, and what passes between them, the worker and the views.
// `script` in page.py puts DIGIT_COLOURS, view.js and playground_views.js before it.

const BETAS = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 20, 30, 50, 100];
const STEP_SIZES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const FILM = 40; // milliseconds of training between two pictures,
const STILLS = 1000; // or this many, for a reader who has asked for less motion
const DIVERGED = "Diverged: choose smaller steps, then Reset.";

/** A range that goes from 0 to 100 over the stops, some of which are named below it. */
function dial(id, name, label, stops, named) {
  const step = 100 / (stops.length - 1);
  const mark = (stop) => `<span style="left: ${step * stops.indexOf(stop)}%">${stop}</span>`;
  return `<div class="dial"><label for="${id}${name}">${label}</label>
    <div class="track"><input id="${id}${name}" class="${name}" type="range" min="0" max="100" step="${step}">
      <div class="stops" aria-hidden="true">${each(named, mark)}</div></div>
    <output></output></div>`;
}

const layout = (known, id) => `
<div class="layout">
  <section class="controls" aria-label="Training">
    <div class="bar">${each(["Play", "Pause", "Step", "Reset"], (name) => `<button>${name}</button>`)}</div>
    ${dial(id, "beta", "β", BETAS, [0, 0.1, 1, 10, 100])}
    ${dial(id, "lr", "step size", STEP_SIZES, [0.0001, 0.01, 1])}
  </section>
  <div class="news"><p class="clock"></p><p class="status" role="status"></p></div>
  <figure class="map">${CloudMap.html}<figcaption>${CLOUDS} clouds to ${DEVIATIONS} sigma; dashed: the prior
    <div class="sizes"></div></figcaption></figure>
  <figure class="decoded">${canvas("grid", "Digits decoded from a grid of z", 11 * TILE, 11 * TILE)}
    <figcaption>Decoded: z[0] across, z[1] up, from −2 to 2</figcaption></figure>
  <figure class="curves"><figcaption>The two halves of the loss, in nats</figcaption>${Curves.html}
    <dl><div><dt class="reconstruction">reconstruction</dt><dd></dd></div><div><dt class="kl">KL</dt><dd></dd></div>
      <div><dt>reconstruction + β KL</dt><dd></dd></div></dl><p class="truth"></p></figure>
  <figure class="rows">${canvas("originals", "Ten images", 10 * TILE, TILE)}
    ${canvas("recon", "Their reconstructions", 10 * TILE, TILE)}
    <figcaption>Ten images and, below, what mu decodes to</figcaption></figure>
  <section class="mistakes" aria-label="Mistakes">${each(known, ({ name, what, where }, i) => `
    <div><label><input type="checkbox" value="${name}" aria-describedby="${id}${i}"> ${name}</label>
      <p id="${id}${i}">${what} <span>${where}</span></p></div>`)}</section>
</div>`;

/** A number of nats, and a word where it is none. */
function nats(value) {
  if (!Number.isFinite(value)) return "no number";
  if (value >= 1e6) return value.toExponential(1);
  const digits = value < 10 ? 2 : 1;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const size = (value) => (value < 0.1 ? value.toPrecision(2) : nats(value));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Raises an error where there are no workers. */
function workerOf(script) {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return worker;
}

class Playground {
  constructor(model, el, greys) {
    this.worker = workerOf(model.get("worker")); // first, so that a page that has none keeps its still picture
    el.classList.add("vae", "vae-playground");
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own arrow keys stay out
    el.innerHTML = layout(model.get("known"), `vae-${Math.random().toString(36).slice(2)}-`);
    Object.assign(this, { el, settings: {}, playing: false, asked: 0 });
    this.find = (selector) => el.querySelector(selector);
    this.findAll = (selector) => [...el.querySelectorAll(selector)];
    const labels = toBytes(model.get("labels"));
    this.map = new CloudMap(this.find(".plane"), labels);
    this.curves = new Curves(this.find(".chart"));
    const rows = DIGIT_COLOURS.map((_, digit) => labels.indexOf(digit)); // one image of each
    const originals = rows.flatMap((row) => [...greys.subarray(row * TILE ** 2, (row + 1) * TILE ** 2)]);
    showTiles(this.find(".originals"), originals, rows.length);
    this.listenToDial("beta", BETAS, model.get("beta"));
    this.listenToDial("lr", STEP_SIZES, model.get("lr"));
    this.listenToMistakes(model.get("mistakes"));
    this.listenToButtons();
    this.worker.onmessage = ({ data }) => this.take(data);
    this.worker.onerror = ({ message }) =>
      this.say(`Nothing can be trained here: ${message ?? "this server forbids workers (worker-src blob:)"}.`);
    this.ask({ data: { greys, rows, clouds: CLOUDS } });
  }

  // ---- the worker: it answers each question with a picture

  ask(question) {
    this.asked++;
    this.stale = false;
    this.worker.postMessage({ settings: this.settings, ...question });
  }

  take(picture) {
    this.asked--;
    this.picture = picture;
    this.frame ||= requestAnimationFrame(() => this.draw());
    if (picture.diverged) this.pause(DIVERGED);
    else if (!picture.step && !this.playing) this.say("At the start: press Play.");
    this.askForNext();
  }

  askForNext() {
    if (this.asked || document.hidden) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.playing) this.ask({ milliseconds: still ? STILLS : FILM });
    else if (this.stale) this.ask({});
  }

  /** Show what other settings change, also while nothing is trained. */
  change(settings) {
    this.settings = { ...this.settings, ...settings };
    this.stale = true;
    if (this.picture) this.askForNext();
  }

  close() {
    cancelAnimationFrame(this.frame);
    document.removeEventListener("visibilitychange", this.onShown);
    this.map.close();
    this.worker.terminate();
  }

  // ---- what the reader does

  play() {
    if (this.picture?.diverged) return;
    this.setPlaying(true, "Training.");
    this.askForNext();
  }

  pause(words = "Paused.") { this.setPlaying(false, words); }

  setPlaying(playing, words) {
    this.playing = playing;
    this.el.dataset.playing = playing;
    this.say(words);
  }

  listenToButtons() {
    const actions = {
      Play: () => this.play(),
      Pause: () => this.pause(),
      Step: () => { this.pause("One step."); this.ask({ steps: 1 }); },
      Reset: () => { this.pause(); this.ask({ reset: true }); },
    };
    for (const button of this.findAll("button")) button.addEventListener("click", actions[button.textContent]);
    this.onShown = () => this.askForNext();
    document.addEventListener("visibilitychange", this.onShown);
  }

  /** A range with a value for each of its stops; at first it may stand between two. */
  listenToDial(name, stops, value) {
    const input = this.find(`.${name}`);
    const nearest = stops.reduce((a, b) => (Math.abs(b - value) < Math.abs(a - value) ? b : a));
    input.value = stops.indexOf(nearest) * Number(input.step);
    const choose = (value) => {
      input.setAttribute("aria-valuetext", value);
      input.closest(".dial").querySelector("output").textContent = value;
      this.change({ [name]: value });
    };
    choose(value);
    input.addEventListener("input", () => choose(stops[Math.round(input.value / input.step)]));
  }

  listenToMistakes(mistakes) {
    const boxes = this.findAll(".mistakes input");
    for (const box of boxes) box.checked = mistakes.includes(box.value);
    const choose = () => this.change({ mistakes: boxes.filter((box) => box.checked).map((box) => box.value) });
    choose();
    for (const box of boxes) box.addEventListener("change", choose);
  }

  // ---- what the reader sees

  say(words) {
    this.find(".status").textContent = words;
    this.find(".status").classList.toggle("alarm", words === DIVERGED);
  }

  draw() {
    this.frame = 0;
    const { step, epoch, reconstruction, kl, mu, sigma, grid, recon, settings } = this.picture;
    this.map.draw(this.picture);
    this.curves.draw(this.picture);
    showTiles(this.find(".grid"), grid, 11);
    showTiles(this.find(".recon"), recon, 10);
    this.find(".clock").textContent = `step ${step.toLocaleString("en")}, epoch ${epoch}`;
    const numbers = [reconstruction, kl, reconstruction + settings.beta * kl];
    this.findAll("dd").forEach((place, i) => { place.textContent = nats(numbers[i]); });
    const lengths = Array.from({ length: mu.length / 2 }, (_, row) => Math.hypot(mu[2 * row], mu[2 * row + 1]));
    const [width, length] = [median([...sigma]), median(lengths)].map(size);
    this.find(".sizes").textContent = `Median: sigma ${width}, length of mu ${length}`;
    this.find(".truth").textContent = this.truth(this.picture);
    Object.assign(this.el.dataset, { step, reconstruction, kl, beta: settings.beta });
  }

  /** What a program with these mistakes does not print. */
  truth({ reconstruction, trueKl, settings: { mistakes } }) {
    const words = [];
    if (mistakes.includes("mean for sum"))
      words.push(`summed over the pixels: ${nats(TILE ** 2 * reconstruction)}`);
    if (mistakes.includes("sigma read as logvar"))
      words.push(`KL of the true clouds: ${nats(trueKl)}`);
    return words.join("\n");
  }
}

async function render({ model, el }) {
  const playground = new Playground(model, el, await inflate(model.get("images")));
  return () => playground.close();
}

export default { render };
