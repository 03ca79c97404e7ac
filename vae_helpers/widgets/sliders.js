// LatentSliders: the digit that the sliders' code decodes to, with its buttons and its morph. The sliders are
// ordinary ones of ipywidgets; the page has their models, and draws without asking the kernel.
// `script` in page.py puts vae.js and view.js before it.

const FILM = { step: 1, pause: 80 }; // what ▶ shows of a morph: a picture every 80 ms,
const STILLS = { step: 10, pause: 1000 }; // or one a second, for a reader who has asked for less motion

const layout = (last) => `${canvas("digit", "Decoded digit")}
  <div class="bar" role="group" aria-label="Code">
    <button class="zero">zero</button><button class="random">random</button><button class="next">next digit</button></div>
  <div class="bar" role="group" aria-label="Morph from the code before to this one">
    <button class="play" aria-label="Play"></button><button class="back" aria-label="Back to the start">■</button>
    <label>morph <input type="range" min="0" max="${last}"></label></div>
  <p class="words" role="status"></p>`;

const inSteps = (value, slider) => Math.round(value / slider.get("step"));

class Picture {
  /** `decoder` is null for a network that only the kernel can decode. */
  constructor(model, el, sliders, decoder, codes) {
    Object.assign(this, { model, sliders, decoder, codes });
    this.order = model.get("order");
    this.last = model.get("last");
    el.classList.add("vae", "vae-picture");
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own arrow keys stay out
    el.innerHTML = layout(this.last);
    this.find = (selector) => el.querySelector(selector);
    const on = (selector, type, listener) => this.find(selector).addEventListener(type, listener);
    on(".zero", "click", () => this.goTo(this.code().fill(0)));
    on(".random", "click", () => this.goTo(this.code().map(normal)));
    on(".next", "click", () => this.goTo(this.nextDigit()));
    on(".play", "click", () => (this.film ? this.pause() : this.play()));
    on(".back", "click", () => { this.pause(); this.morphTo(0); });
    on(".vae-picture input", "input", ({ target }) => this.morphTo(Number(target.value)));
    this.python = patience((words) => { this.find(".words").textContent = words; });
    this.changed = () => { this.frame ||= requestAnimationFrame(() => this.draw()); };
    this.answered = (answer, [pixels]) => this.take(answer, pixels);
    model.on("change:z change:morph", this.changed);
    model.on("msg:custom", this.answered);
    for (const slider of sliders) slider.on("change:value", this.changed);
    this.pause();
    this.changed();
  }

  close() {
    this.pause();
    this.python.answered();
    cancelAnimationFrame(this.frame);
    for (const slider of this.sliders) slider.off("change:value", this.changed);
  }

  // ---- where it is: z, and the sliders that have been moved away from it

  /** The code shown: z, but what a slider shows where that is another step. */
  code() {
    const z = Float64Array.from(this.model.get("z"));
    this.sliders.forEach((slider, i) => {
      const value = slider.get("value");
      if (inSteps(value, slider) !== inSteps(z[this.order[i]], slider)) z[this.order[i]] = value;
    });
    return z;
  }

  place(z) {
    this.model.set("z", Array.from(z, Math.fround));
    this.sliders.forEach((slider, i) => {
      const value = slider.get("step") * inSteps(z[this.order[i]], slider);
      slider.set({ min: Math.min(slider.get("min"), value), max: Math.max(slider.get("max"), value), value });
    });
    for (const one of [this.model, ...this.sliders]) one.save_changes(); // as fast as Python can take them
  }

  // ---- moves

  /** Go to a code at once; "morph" then leads there from where we were. */
  goTo(z) {
    this.model.set("path", [this.code(), z].map((code) => Array.from(code, Math.fround)));
    this.model.set("morph", this.last);
    this.place(z);
  }

  nextDigit() {
    const next = (this.model.get("digit") + 1) % this.codes.length;
    this.model.set("digit", next);
    return this.codes[next];
  }

  morphTo(step) {
    const [start, end] = this.model.get("path");
    this.model.set("morph", step);
    this.place(start.map((from, d) => from + (step / this.last) * (end[d] - from)));
  }

  play() {
    const { step, pause } = matchMedia("(prefers-reduced-motion: reduce)").matches ? STILLS : FILM;
    if (this.model.get("morph") === this.last) this.morphTo(0);
    this.film = setInterval(() => {
      const next = Math.min(this.model.get("morph") + step, this.last);
      this.morphTo(next);
      if (next === this.last) this.pause();
    }, pause);
    this.find(".play").textContent = "❚❚";
  }

  pause() {
    clearInterval(this.film);
    this.film = 0;
    this.find(".play").textContent = "▶";
  }

  // ---- the picture

  draw() {
    this.frame = 0;
    this.find("input").value = this.model.get("morph");
    if (this.decoder) show(this.find(".digit"), toGrey(this.decoder.decode(this.code())));
    else this.ask();
  }

  /** Let the kernel decode: one question at a time, the newest code next. */
  ask() {
    this.python.asked();
    this.askAgain = this.asked;
    if (!this.asked) this.model.send({ z: Array.from(this.code(), Math.fround) }); // fails without a kernel
    this.asked = true;
  }

  take({ words }, pixels) {
    this.asked = false;
    this.python.answered(words);
    if (pixels) show(this.find(".digit"), toBytes(pixels));
    if (this.askAgain) this.ask();
  }
}

async function render({ model, el }) {
  const models = model.get("sliders").map((id) => model.widget_manager.get_model(id.replace("IPY_MODEL_", "")));
  const [weights, codes] = [model.get("decoder"), await unpack(model.get("codes"))];
  const width = model.get("z").length;
  const decoder = weights.byteLength ? new Decoder(await unpack(weights), width, model.get("hidden_dim")) : null;
  const rows = Array.from({ length: codes.length / width }, (_, i) => codes.subarray(i * width, (i + 1) * width));
  const picture = new Picture(model, el, await Promise.all(models), decoder, rows);
  const stop = tendSliders(el);
  return () => { stop(); picture.close(); };
}

export default { render };
