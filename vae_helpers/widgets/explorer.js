// The view to move around in: `LatentExplorer` shows it through anywidget, `export_page` in a page.
// `script` in page.py puts DIGIT_COLOURS, vae.js, view.js and pad.js before it.

const REACH = 0.014; // how far from a dot one may press to take it
const BLANK = new Uint8Array(PIXELS);
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

const layout = (order) => `
<div class="models" hidden><label>Model <input type="range" min="0" step="1"></label><output></output></div>
<div class="layout ${order.length < 5 ? "few" : ""}">
  <section class="map" aria-label="Latent plane">
    <div class="bar">${each(["Across", "Up"], (name) => `<label>${name}
      <select>${each(order, (d) => `<option value="${d}">z[${d}]</option>`)}</select></label>`)}</div>
    <div class="plane" tabindex="0" role="application" aria-label="Latent plane: the arrow keys move the point,
      with Shift in larger steps; Enter takes the nearest digit; Page Up and Page Down change the model">
      <svg viewBox="0 0 1 1" aria-hidden="true">${each(DIGIT_COLOURS, (colour) => `<path stroke="${colour}"/>`)}
        ${each(DIGIT_COLOURS, (colour, digit) => `<text stroke="${colour}">${digit}</text>`)}</svg>
      <div class="mark near" hidden></div><div class="mark drawn" hidden></div><div class="mark here"></div>
    </div>
    <p class="hint">Dots are the codes of digits, numerals the means of classes. Move over the plane to look; click a
      dot to take its digit, click elsewhere to go there.</p>
  </section>
  <section class="view" aria-label="Decoded digit">${canvas("digit", "Digit")}
    <p class="caption"></p><p class="rest"></p></section>
  <section class="drawing" aria-label="Your own digit">
    <figure><svg class="pad" viewBox="0 0 1 1" role="img" aria-label="Pad to draw on with mouse, pen or finger">
      <path d=""/><text x="0.5" y="0.5">draw here</text></svg><figcaption>Your drawing</figcaption></figure>
    <figure>${canvas("seen", "Prepared drawing")}<figcaption>What the model sees</figcaption></figure>
    <figure>${canvas("recon", "Reconstruction")}<figcaption>Its reconstruction</figcaption></figure>
    <div class="choice">
      <p class="verdict"></p>
      <div class="bar picks" role="group" aria-label="Pick a test digit"><span>Pick a test digit</span>
        ${each(DIGIT_COLOURS, (_, digit) => `<button>${digit}</button>`)}</div>
      <div class="bar"><button class="clear">Clear</button><button class="keep">Keep</button>
        <output class="kept"></output></div>
    </div>
  </section>
  <section class="controls" aria-label="Latent dimensions">
    <div class="bar"><button class="zero">Zero</button><button class="random">Random</button></div>
    <div class="sliders">${each(order, (d) => `<label>z[${d}]
      <input type="range" step=".05"><output aria-live=off></output></label>`)}</div>
  </section>
  <p class="status" role="status"></p>
</div>`;

/** A model and the codes of the images under it, out of one snapshot's bytes. */
async function readSnapshot(id, { model, labels, latentDim }) {
  const sent = await model.widget_manager.get_model(id.replace("IPY_MODEL_", ""));
  const weights = await unpack(sent.get("weights"));
  const codes = await unpack(sent.get("codes"));
  const sums = DIGIT_COLOURS.map(() => ({ count: 0, code: new Float64Array(latentDim) }));
  labels.forEach((digit, row) => {
    sums[digit].count++;
    for (let d = 0; d < latentDim; d++) sums[digit].code[d] += codes[row * latentDim + d];
  });
  const means = sums.map(({ count, code }, digit) => [digit, count && code.map((sum) => sum / count)]);
  return {
    id, codes,
    name: sent.get("name"),
    vae: new VAE(weights, latentDim, model.get("hidden_dim")),
    means: means.filter(([, mean]) => mean), // [digit, mean code] of each class
  };
}

class Explorer {
  constructor(model, el, images) {
    Object.assign(this, { model, images, snapshots: [], image: null, strokes: [] });
    this.latentDim = model.get("latent_dim");
    this.labels = toBytes(model.get("labels"));
    this.order = model.get("order"); // the dimensions, those that tell the classes apart first
    this.axes = this.order.slice(0, 2).sort((a, b) => a - b);
    this.z = Float64Array.from(model.get("z"));
    el.classList.add("vae", "vae-explorer");
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own arrow keys stay out
    el.innerHTML = layout(this.order);
    this.find = (selector) => el.querySelector(selector);
    this.findAll = (selector) => [...el.querySelectorAll(selector)];
    this.words = (point) => this.axes.map((d) => `z[${d}]\u00a0=\u00a0${toText(point[d])}`).join(", ");
    this.on = (selector, type, listener) => this.find(selector).addEventListener(type, listener);
  }

  async open() {
    await this.readSnapshots();
    this.listenToModel();
    this.listenToPlane();
    this.listenToControls();
    this.listenToPad();
    this.readDrawing();
    this.readDrawings();
  }

  // ---- models: any number of one shape, one of them shown

  /** Take in the snapshots that have come; those that are still there stay as they are. */
  async readSnapshots() {
    const ids = this.model.get("snapshots");
    const kept = this.snapshots.findIndex(({ id }, i) => id !== ids[i]);
    if (kept >= 0) this.snapshots.length = kept;
    for (const id of ids.slice(this.snapshots.length))
      this.snapshots.push(await readSnapshot(id, this));
    const far = (codes) => codes.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    this.limit = Math.ceil(Math.max(...this.snapshots.map(({ codes }) => far(codes)))); // one for all models
    this.find(".plane").dataset.limit = this.limit;
    for (const input of this.findAll(".sliders input")) [input.min, input.max] = [-this.limit, this.limit];
    this.find(".models").hidden = this.snapshots.length < 2;
    this.find(".models input").max = this.snapshots.length - 1;
    this.snapshot = null;
    this.showModel();
  }

  /** The one that the reader has chosen, or else the newest. */
  showModel() {
    const newest = this.snapshots.length - 1;
    this.shown = Math.min(this.model.get("shown") ?? newest, newest);
    if (this.snapshot === this.snapshots[this.shown]) return;
    this.snapshot = this.snapshots[this.shown];
    const slider = this.find(".models input");
    slider.value = this.shown;
    slider.setAttribute("aria-valuetext", this.snapshot.name);
    this.find(".models output").textContent = this.snapshot.name;
    const atImage = this.image && this.z.every((value, d) => Math.abs(value - this.code.mu[d]) < 1e-5);
    this.setImage(this.image, this.strokes);
    this.drawPlane();
    this.moveTo(atImage ? this.code.mu : this.z);
  }

  chooseModel(index) {
    const newest = this.snapshots.length - 1;
    this.model.set("shown", index < newest ? Math.max(index, 0) : null);
    this.model.save_changes();
    this.showModel();
  }

  // ---- what changes: z, the point that stays; hover, the one under the mouse; the image, its strokes if drawn

  moveTo(z) {
    this.z = Float64Array.from(z);
    this.look(null);
  }

  look(point, row = -1) {
    [this.hover, this.near] = [point, row];
    this.changed();
  }

  setImage(image, strokes = []) {
    this.image = image;
    this.strokes = strokes;
    this.code = image && this.snapshot.vae.encode(toUnit(image));
    this.imageChanged = true;
    this.changed();
  }

  /** An image from the reader: z goes to its code, and Python will get it. */
  take(image, strokes) {
    this.setImage(image, strokes);
    this.toSend = true;
    if (image) this.moveTo(this.code.mu);
  }

  takeRow(row) { this.take(this.images.subarray(row * PIXELS, (row + 1) * PIXELS)); }

  readDrawing() {
    const drawing = this.model.get("drawing");
    const ours = drawing && this.sent && toBytes(drawing).every((grey, i) => grey === this.sent[i]);
    if (!ours) this.setImage(drawing ? toBytes(drawing) : null);
  }

  readDrawings() {
    const kept = this.model.get("drawings");
    this.find(".keep").hidden = !kept; // in a page without Python
    this.find(".kept").textContent = kept?.byteLength ? `${kept.byteLength / PIXELS} kept` : "";
  }

  /** Tell Python, and a screen reader, a moment after the last change. */
  share() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.find(".status").textContent = `${this.words(this.z)}. ${this.find(".verdict").textContent}`;
      this.model.set("z", Array.from(this.z, Math.fround));
      if (this.toSend) {
        this.sent = this.image && Uint8Array.from(this.image);
        this.model.set("drawing", this.sent && new DataView(this.sent.slice().buffer));
        this.toSend = false;
      }
      this.model.save_changes();
    }, 200);
  }

  close() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }

  // ---- one frame, asked for when something has changed

  changed() { this.frame ||= requestAnimationFrame(() => this.draw()); }

  draw() {
    this.frame = 0;
    const point = this.hover ?? this.z;
    show(this.find(".digit"), toGrey(this.snapshot.vae.decode(point)));
    this.place(".here", point);
    this.find(".near").hidden = this.near < 0;
    if (this.near >= 0) this.place(".near", this.codeOf(this.near));
    this.setText(".caption", this.words(point));
    this.setText(".rest", this.hover ? this.hoverWords() : "");
    this.findAll(".sliders input").forEach((input, i) => {
      input.value = this.z[this.order[i]];
      this.setText(input.nextElementSibling, toText(this.z[this.order[i]]));
    });
    if (this.imageChanged) this.drawImage();
    this.share();
  }

  /** What stays costs no layout. */
  setText(at, text) {
    const element = typeof at === "string" ? this.find(at) : at;
    if (element.textContent !== text) element.textContent = text;
  }

  hoverWords() {
    const rest = this.latentDim > 2 ? `The other ${this.latentDim - 2} numbers stay. ` : "";
    return rest + (this.near < 0 ? "" : `Click to take this ${this.labels[this.near]} with all its numbers.`);
  }

  drawImage() {
    this.imageChanged = false;
    const { image, code } = this;
    const logits = image && this.snapshot.vae.decodeLogits(code.mu);
    const lines = this.strokes.map((stroke) => `M${[stroke[0], ...stroke].join("L")}`).join("");
    this.find(".pad path").setAttribute("d", lines);
    show(this.find(".seen"), image ?? BLANK);
    show(this.find(".recon"), image ? toGrey(logits.map(sigmoid)) : BLANK);
    this.find(".drawn").hidden = !image;
    this.find(".keep").disabled = !image;
    if (image) this.place(".drawn", code.mu);
    this.find(".verdict").innerHTML = image
      ? `<b>Lands nearest the ${this.nearest(code.mu)}s</b> in all ${this.latentDim} dimensions.
        At z = μ the reconstruction loss is ${reconstructionLoss(logits, toUnit(image)).toFixed(1)} nats;
        the KL is ${klDivergence(code).toFixed(1)} nats.`
      : "<b>Draw a digit</b> and see where it lands.";
  }

  /** The class whose mean is closest to a code, in all dimensions. */
  nearest(code) {
    const distance = ([, mean]) => Math.hypot(...mean.map((value, d) => value - code[d]));
    return this.snapshot.means.reduce((a, b) => (distance(b) < distance(a) ? b : a))[0];
  }

  // ---- the plane

  codeOf(row) { return this.snapshot.codes.subarray(row * this.latentDim, (row + 1) * this.latentDim); }

  /** Where a point lies on the plane of -limit to limit: 0 at the left and at the top, 1 at the far ends. */
  position(point) {
    const [x, y] = this.axes.map((d) => clamp(point[d] / this.limit, -1, 1));
    return [(1 + x) / 2, (1 - y) / 2];
  }

  place(mark, point) {
    this.find(mark).style.transform = `translate(${this.position(point).map((part) => `${100 * part}%`)})`;
  }

  /** z with other values in the plane's two dimensions. */
  onPlane(values) {
    const z = this.z.slice();
    this.axes.forEach((d, i) => { z[d] = clamp(values[i], -this.limit, this.limit); });
    return z;
  }

  /** The row of the dot nearest to a point, as the plane shows it; -1 if none is in reach. */
  dotAt(point, reach) {
    const [x, y] = this.position(point);
    const distances = Float64Array.from(this.labels, (_, row) => {
      const [left, top] = this.position(this.codeOf(row));
      return Math.hypot(left - x, top - y);
    });
    const least = distances.reduce((a, b) => Math.min(a, b));
    return least <= reach ? distances.indexOf(least) : -1;
  }

  drawPlane() {
    this.findAll("select").forEach((select, i) => { select.value = this.axes[i]; });
    const dots = DIGIT_COLOURS.map(() => "");
    this.labels.forEach((digit, row) => { dots[digit] += `M${this.position(this.codeOf(row))}h0`; });
    this.findAll(".plane path").forEach((path, digit) => path.setAttribute("d", dots[digit]));
    const spots = this.snapshot.means.map(([, mean]) => this.position(mean));
    const numerals = this.findAll(".plane text");
    placeNumerals(this.snapshot.means.map(([digit]) => numerals[digit]), spots);
  }

  // ---- what the reader and Python do

  listenToModel() {
    this.model.on("change:z", () => this.moveTo(this.model.get("z")));
    this.model.on("change:drawing", () => this.readDrawing());
    this.model.on("change:drawings", () => this.readDrawings());
    this.model.on("change:shown", () => this.showModel());
    let reading = this.readSnapshots(); // some may have come meanwhile
    this.model.on("change:snapshots", () => { reading = reading.then(() => this.readSnapshots()); });
  }

  listenToPlane() {
    const under = ({ clientX, clientY }) => {
      const { left, top, width, height } = this.find(".plane").getBoundingClientRect();
      const values = [2 * (clientX - left) / width - 1, 1 - 2 * (clientY - top) / height];
      return this.onPlane(values.map((value) => Math.round(100 * this.limit * value) / 100));
    };
    let pressed; // where, until the pointer has left that place
    this.on(".plane", "pointerdown", (event) => {
      this.find(".plane").setPointerCapture(event.pointerId);
      const row = this.dotAt(under(event), REACH);
      pressed = row < 0 ? null : event;
      if (row < 0) this.moveTo(under(event));
      else this.takeRow(row);
    });
    this.on(".plane", "pointermove", (event) => {
      const point = under(event);
      if (!event.buttons) return this.look(point, this.dotAt(point, REACH));
      if (pressed && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) < 5) return;
      pressed = null;
      this.moveTo(point);
    });
    this.on(".plane", "pointerleave", () => this.look(null));
    this.on(".plane", "keydown", (event) => {
      const turn = { PageUp: -1, PageDown: 1 }[event.key];
      const step = event.shiftKey ? 0.5 : 0.1;
      if (ARROWS[event.key]) this.moveTo(this.onPlane(this.axes.map((d, i) => this.z[d] + step * ARROWS[event.key][i])));
      else if (turn) this.chooseModel(this.shown + turn);
      else if (event.key === "Enter") this.takeRow(this.dotAt(this.z, 2));
      else return;
      event.preventDefault();
    });
  }

  listenToControls() {
    scrollPast(this.find(".sliders"));
    scrollPast(this.find(".models"));
    this.on(".models input", "input", ({ target }) => this.chooseModel(Number(target.value)));
    this.findAll("select").forEach((select, i) => select.addEventListener("change", () => {
      const d = Number(select.value);
      this.axes = this.axes.map((old, k) => (k === i ? d : old === d ? this.axes[i] : old)); // or swapped
      this.drawPlane();
      this.imageChanged = true;
      this.changed();
    }));
    this.findAll(".sliders input").forEach((input, i) => input.addEventListener("input", () => {
      this.moveTo(this.z.map((old, d) => (d === this.order[i] ? Number(input.value) : old)));
    }));
    this.on(".zero", "click", () => this.moveTo(this.z.map(() => 0)));
    this.on(".random", "click", () => this.moveTo(this.z.map(normal)));
    let last = -1;
    this.findAll(".picks button").forEach((button, digit) => {
      const own = [...this.labels.keys()].filter((row) => this.labels[row] === digit);
      button.disabled = !own.length;
      button.addEventListener("click", () => {
        last = own.find((row) => row > last) ?? own[0];
        this.takeRow(last);
      });
    });
  }

  listenToPad() {
    const extend = ({ clientX, clientY }) => {
      const { left, top, width, height } = this.find(".pad").getBoundingClientRect();
      this.strokes.at(-1).push([(clientX - left) / width, (clientY - top) / height]);
      this.take(rasterise(this.strokes), this.strokes);
    };
    this.on(".pad", "pointerdown", (event) => {
      if (!event.isPrimary || event.button) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      this.strokes.push([]);
      extend(event);
    });
    const held = ({ currentTarget, pointerId }) => currentTarget.hasPointerCapture(pointerId);
    this.on(".pad", "pointermove", (event) => held(event) && this.strokes.length && extend(event));
    this.on(".clear", "click", () => this.take(null));
    this.on(".keep", "click", () => {
      const kept = [...toBytes(this.model.get("drawings")), ...this.image];
      this.model.set("drawings", new DataView(Uint8Array.from(kept).buffer));
      this.take(null);
    });
  }
}

async function render({ model, el }) {
  const explorer = new Explorer(model, el, await inflate(model.get("images")));
  await explorer.open();
  return () => explorer.close();
}

export default { render };
