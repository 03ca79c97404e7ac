// The VAE in the browser: the same numbers as model.py and losses.py, and a view to move around in them.
// `LatentExplorer` shows it through anywidget, `export_page` in a page. An image is 784 numbers in [0, 1].

const [SIDE, PIXELS] = [28, 28 * 28];
const BOX = 20; // MNIST's digits fit into 20 x 20 pixels,
const MIDDLE = 14; // have their centre of mass at pixel (14, 14),
const PEN = 2.7; // and strokes about this wide

// ---- the model

/** Read `count` floats of 32 or of 16 bits; the latter by hand, as not every browser has a Float16Array. */
export function readFloats(view, count) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  if (bytes.byteLength === 4 * count) return new Float32Array(bytes);
  // Sign, exponent and fraction of a 16-bit float, moved to where 32 bits have them: 2^112 too small.
  const move = (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
  const moved = Uint32Array.from(new Uint16Array(bytes), move);
  return new Float32Array(moved.buffer).map((value) => value * 2 ** 112);
}

/** W x + b, summed in 64 bits. */
function linear({ weight, bias }, x) {
  return Float64Array.from(bias, (sum, row) => {
    const start = row * x.length;
    for (let i = 0; i < x.length; i++) sum += weight[start + i] * x[i];
    return sum;
  });
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const relu = (value) => Math.max(value, 0);
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));

export class VAE {
  /** `weights` holds each layer's weight and bias, in the order of the state dict. */
  constructor(weights, latentDim, hiddenDim) {
    const layers = {
      encoder: [PIXELS, hiddenDim],
      toMu: [hiddenDim, latentDim],
      toLogvar: [hiddenDim, latentDim],
      decoder: [latentDim, hiddenDim],
      toLogits: [hiddenDim, PIXELS],
    };
    const count = Object.values(layers).reduce((sum, [inputs, outputs]) => sum + (inputs + 1) * outputs, 0);
    const floats = readFloats(weights, count);
    let start = 0;
    const take = (length) => floats.subarray(start, (start += length));
    for (const [name, [inputs, outputs]] of Object.entries(layers))
      this[name] = { weight: take(inputs * outputs), bias: take(outputs) };
  }

  encode(x) {
    const h = linear(this.encoder, x).map(relu);
    return { mu: linear(this.toMu, h), logvar: linear(this.toLogvar, h) };
  }

  decodeLogits(z) { return linear(this.toLogits, linear(this.decoder, z).map(relu)); }
  decode(z) { return this.decodeLogits(z).map(sigmoid); }
}

/** Binary cross-entropy -log p(x|z) in nats, from log-odds. */
export function reconstructionLoss(logits, x) {
  const nats = (logit, i) => relu(logit) - logit * x[i] + Math.log1p(Math.exp(-Math.abs(logit)));
  return logits.reduce((sum, logit, i) => sum + nats(logit, i), 0);
}

/** KL(N(mu, exp(logvar)) || N(0, I)) in nats. */
export function klDivergence({ mu, logvar }) {
  return mu.reduce((sum, m, d) => sum + (m * m + Math.expm1(logvar[d]) - logvar[d]) / 2, 0);
}

// ---- strokes -> an image like MNIST's

/** Strokes, lists of points [x, y] on a pad of size 1, as 784 grey levels 0 to 255: fitted into the box with
 *  their proportions kept, then moved to have the centre of mass in the middle (LeCun et al. 1998). */
export function rasterise(strokes) {
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => {
    const values = strokes.flat().map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const scale = (BOX - PEN) / Math.max(right - left, bottom - top, 0.1); // a dot stays a dot
  const painted = (dx, dy) => paint(
    strokes.map((stroke) => stroke.map(([x, y]) => [scale * x + dx, scale * y + dy])));
  const [dx, dy] = [left + right, top + bottom].map((sum) => MIDDLE - (scale * sum) / 2);
  const first = painted(dx, dy);
  const total = (weight) => first.reduce((sum, grey, i) => sum + grey * weight(i), 0);
  const [x, y, ink] = [(i) => i % SIDE, (i) => Math.floor(i / SIDE), () => 1].map(total);
  return painted(dx + MIDDLE - x / ink, dy + MIDDLE - y / ink);
}

/** Antialiased: a pixel is as bright as the part of it that a round pen of width PEN covers, about. */
function paint(strokes) {
  const image = new Uint8ClampedArray(PIXELS);
  const segments = strokes.flatMap((stroke) => stroke.map((end, i) => [stroke[Math.max(i - 1, 0)], end]));
  const near = (a, b) => [Math.ceil(Math.min(a, b)) - 2, Math.max(a, b) + 2].map((v) => clamp(v, 0, SIDE));
  for (const [[ax, ay], [bx, by]] of segments) {
    const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
    const [[left, right], [top, bottom]] = [near(ax, bx), near(ay, by)];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const along = length2 && clamp(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2, 0, 1);
        const distance = Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
        const covered = clamp(PEN / 2 + 0.5 - distance, 0, 1);
        image[y * SIDE + x] = Math.max(image[y * SIDE + x], 255 * covered);
      }
    }
  }
  return image;
}

// ---- the view

// Petroff's ten colours (2021, arXiv:2107.02270), which colour-blind readers can tell apart.
const COLOURS = ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
                 "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"];
const NUMERAL = 0.055; // the size of a numeral on the plane of size 1
const BLANK = new Uint8Array(PIXELS);

const each = (list, html) => list.map(html).join("");
const canvas = (name, label) =>
  `<canvas class="${name}" width="${SIDE}" height="${SIDE}" role="img" aria-label="${label}"></canvas>`;

const layout = (order, limit) => `<div class="layout ${order.length < 5 ? "few" : ""}">
  <section class="map" aria-label="Latent plane">
    <div class="bar">${each(["Across", "Up"], (name) => `<label>${name}
      <select>${each(order, (d) => `<option value="${d}">z[${d}]</option>`)}</select></label>`)}</div>
    <div class="plane" tabindex="0" role="application" data-limit="${limit}"
      aria-label="Latent plane: the arrow keys move the point, with Shift in larger steps">
      <svg viewBox="0 0 1 1">${each(COLOURS, (colour) => `<path stroke="${colour}"/>`)}
        ${each(COLOURS, (colour, digit) => `<text stroke="${colour}">${digit}</text>`)}</svg>
      <div class="mark drawn"></div><div class="mark here"></div>
    </div>
    <p class="hint">Dots are the codes of digits, numerals the means of classes. Move over the plane to look;
      click, or press the arrow keys, to go there.</p>
  </section>
  <section class="view" aria-label="Decoded digit">${canvas("digit", "Digit")}<p class="caption"></p></section>
  <section class="drawing" aria-label="Your own digit">
    <figure><svg class="pad" viewBox="0 0 1 1"><path/><text x="0.5" y="0.5">draw here</text></svg>
      <figcaption>Your drawing</figcaption></figure>
    <figure>${canvas("seen", "Prepared drawing")}<figcaption>What the model sees</figcaption></figure>
    <figure>${canvas("recon", "Reconstruction")}<figcaption>Its reconstruction</figcaption></figure>
    <div class="choice">
      <p class="verdict"></p>
      <div class="bar picks" role="group" aria-label="Pick a test digit"><span>Pick a test digit</span>
        ${each(COLOURS, (_, digit) => `<button>${digit}</button>`)}</div>
      <button class="clear">Clear</button>
    </div>
  </section>
  <section class="controls" aria-label="Latent dimensions">
    <div class="bar"><button class="zero">Zero</button><button class="random">Random</button></div>
    <div class="sliders">${each(order, (d) => `<label>z[${d}]
      <input type="range" min="${-limit}" max="${limit}" step=".05"><output aria-live=off></output></label>`)}</div>
  </section>
  <p class="status" role="status"></p>
</div>`;

const toGrey = (pixels) => Uint8ClampedArray.from(pixels, (pixel) => 255 * pixel);
const toUnit = (image) => Float64Array.from(image, (grey) => grey / 255);
const toBytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const toText = (value) => value.toFixed(2).replace("-", "−");
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** Show 784 grey levels on a canvas of 28 x 28 pixels. */
function show(canvas, image) {
  const frame = new ImageData(SIDE, SIDE);
  new Uint32Array(frame.data.buffer).set(Uint32Array.from(image, (grey) => 0xff000000 + grey * 0x010101));
  canvas.getContext("2d").putImageData(frame, 0, 0);
}

/** Move two numerals on the plane a little, if they would cover each other. */
function pushApart(a, b) {
  const distance = Math.hypot(b[0] - a[0], b[1] - a[1]);
  for (const axis of distance && distance < NUMERAL ? [0, 1] : []) {
    const push = ((NUMERAL / distance - 1) * (b[axis] - a[axis])) / 4;
    [a[axis], b[axis]] = [a[axis] - push, b[axis] + push];
  }
}

class Explorer {
  constructor(model, el) {
    this.model = model;
    this.latentDim = model.get("latent_dim");
    this.vae = new VAE(model.get("weights"), this.latentDim, model.get("hidden_dim"));
    this.labels = toBytes(model.get("labels"));
    this.codes = readFloats(model.get("codes"), this.labels.length * this.latentDim);
    this.limit = Math.ceil(this.codes.reduce((most, value) => Math.max(most, Math.abs(value)), 1));
    this.means = Object.entries(model.get("means")); // [digit, mean code] of each class
    this.order = model.get("order"); // the dimensions, those that tell the classes apart first
    this.axes = this.order.slice(0, 2).sort((a, b) => a - b);
    el.classList.add("vae-explorer");
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own arrow keys stay out
    el.innerHTML = layout(this.order, this.limit);
    this.find = (selector) => el.querySelector(selector);
    this.findAll = (selector) => [...el.querySelectorAll(selector)];
    this.words = (point) => this.axes.map((d) => `z[${d}]\u00a0=\u00a0${toText(point[d])}`).join(", ");
    this.on = (selector, type, listener) => this.find(selector).addEventListener(type, listener);
    this.listenToPlane();
    this.listenToControls();
    this.listenToPad();
    this.drawPlane();
    this.moveTo(model.get("z"));
    this.readDrawing();
  }

  // What changes: z, the point that stays; hover, the one under the mouse; the image, its strokes if drawn.
  moveTo(z) {
    this.z = Float64Array.from(z);
    this.look(null);
  }

  look(point) {
    this.hover = point;
    this.changed();
  }

  setImage(image, strokes = []) {
    this.image = image;
    this.strokes = strokes;
    this.code = image && this.vae.encode(toUnit(image));
    this.imageChanged = true;
    this.changed();
  }

  /** An image from the reader: z goes to its code, and Python will get it. */
  take(image, strokes) {
    this.setImage(image, strokes);
    this.unshared = true;
    if (image) this.moveTo(this.code.mu);
  }

  readDrawing() {
    const drawing = this.model.get("drawing");
    if (!drawing || drawing !== this.shared) this.setImage(drawing && toBytes(drawing));
  }

  /** Tell Python, and a screen reader, a moment after the last change. */
  share() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.find(".status").textContent = `${this.words(this.z)}. ${this.find(".verdict").textContent}`;
      this.model.set("z", Array.from(this.z, Math.fround));
      if (this.unshared) this.shared = this.image && new DataView(Uint8Array.from(this.image).buffer);
      if (this.unshared) this.model.set("drawing", this.shared);
      this.unshared = false;
      this.model.save_changes();
    }, 200);
  }

  // One frame, asked for when something has changed.
  changed() { this.frame ||= requestAnimationFrame(() => this.draw()); }

  draw() {
    this.frame = 0;
    const point = this.hover ?? this.z;
    show(this.find(".digit"), toGrey(this.vae.decode(point)));
    this.place(".here", point);
    this.find(".caption").textContent = this.words(point);
    this.findAll(".sliders input").forEach((input, i) => {
      const [output, text] = [input.nextElementSibling, toText(this.z[this.order[i]])];
      input.value = this.z[this.order[i]];
      if (output.textContent !== text) output.textContent = text; // what stays costs no layout
    });
    if (this.imageChanged) this.drawImage();
    this.share();
  }

  drawImage() {
    this.imageChanged = false;
    const { image, code } = this;
    const logits = image && this.vae.decodeLogits(code.mu);
    const lines = this.strokes.map((stroke) => `M${[stroke[0], ...stroke].join("L")}`).join("");
    this.find(".pad path").setAttribute("d", lines);
    show(this.find(".seen"), image ?? BLANK);
    show(this.find(".recon"), image ? toGrey(logits.map(sigmoid)) : BLANK);
    this.find(".drawn").hidden = !image;
    if (image) this.place(".drawn", code.mu);
    this.find(".verdict").innerHTML = image
      ? `<b>Lands nearest the ${this.nearest(code.mu)}s.</b>
        At z = μ the reconstruction loss is ${reconstructionLoss(logits, toUnit(image)).toFixed(1)} nats;
        the KL is ${klDivergence(code).toFixed(1)} nats.`
      : "<b>Draw a digit</b> and see where it lands.";
  }

  /** The class whose mean is closest to a code, in all dimensions. */
  nearest(code) {
    const distance = ([, mean]) => Math.hypot(...mean.map((value, d) => value - code[d]));
    return this.means.reduce((a, b) => (distance(b) < distance(a) ? b : a))[0];
  }

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

  drawPlane() {
    this.findAll("select").forEach((select, i) => { select.value = this.axes[i]; });
    const dots = COLOURS.map(() => "");
    this.labels.forEach((digit, row) => {
      dots[digit] += `M${this.position(this.codes.subarray(row * this.latentDim))}h0`;
    });
    this.findAll(".plane path").forEach((path, digit) => path.setAttribute("d", dots[digit]));
    const spots = this.means.map(([, mean]) => this.position(mean));
    for (let pass = 0; pass < 50; pass++) spots.forEach((a) => spots.forEach((b) => pushApart(a, b)));
    const numerals = this.findAll(".plane text");
    this.means.forEach(([digit], i) => numerals[digit].setAttribute("transform", `translate(${spots[i]})`));
  }

  listenToPlane() {
    const under = ({ clientX, clientY }) => {
      const { left, top, width, height } = this.find(".plane").getBoundingClientRect();
      const values = [2 * (clientX - left) / width - 1, 1 - 2 * (clientY - top) / height];
      return this.onPlane(values.map((value) => Math.round(100 * this.limit * value) / 100));
    };
    this.on(".plane", "pointerdown", (event) => {
      this.find(".plane").setPointerCapture(event.pointerId);
      this.moveTo(under(event));
    });
    const move = (event) => (event.buttons ? this.moveTo(under(event)) : this.look(under(event)));
    this.on(".plane", "pointermove", move);
    this.on(".plane", "pointerleave", () => this.look(null));
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    this.on(".plane", "keydown", (event) => {
      if (!arrows[event.key]) return;
      event.preventDefault();
      const step = event.shiftKey ? 0.5 : 0.1;
      this.moveTo(this.onPlane(this.axes.map((d, i) => this.z[d] + step * arrows[event.key][i])));
    });
  }

  listenToControls() {
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
    const images = toBytes(this.model.get("digits"));
    const rows = [...this.labels.subarray(0, images.length / PIXELS).keys()];
    let last = -1;
    this.findAll(".picks button").forEach((button, digit) => {
      const own = rows.filter((row) => this.labels[row] === digit);
      button.disabled = !own.length;
      button.addEventListener("click", () => {
        last = own.find((row) => row > last) ?? own[0];
        this.take(images.subarray(last * PIXELS, (last + 1) * PIXELS));
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
  }
}

function render({ model, el }) {
  const explorer = new Explorer(model, el);
  model.on("change:z", () => explorer.moveTo(model.get("z")));
  model.on("change:drawing", () => explorer.readDrawing());
}

/** The view in a page of its own: `state` has the traits' values, bytes as base64. */
export function openPage(state, el) {
  const toView = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const get = (name) => (typeof state[name] === "string" ? toView(state[name]) : state[name]);
  render({ model: { get, set() {}, save_changes() {}, on() {} }, el });
}

export default { render };
