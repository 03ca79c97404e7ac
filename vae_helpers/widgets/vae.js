// The VAE in the browser: the same numbers as model.py and losses.py, and an image out of a drawing. An image is
// 784 numbers in [0, 1]. `script` in page.py puts the text of this file before that of each view: one module.

const [SIDE, PIXELS] = [28, 28 * 28];
const STEP = 2 ** -12; // of the numbers in a page, as in page.py
const BOX = 20; // MNIST's digits fit into 20 x 20 pixels,
const MIDDLE = 14; // have their centre of mass at pixel (14, 14),
const PEN = 2.7; // and strokes about this wide

// ---- numbers out of bytes

/** The bytes that zlib has deflated. */
export async function inflate(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The numbers that `pack` in page.py has written; `before` as there. */
export async function unpack(view, before) {
  const bytes = await inflate(view);
  const count = bytes.length / 4;
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [first, second] = [bytes[i] | (bytes[i + count] << 8), bytes[i + 2 * count] | (bytes[i + 3 * count] << 8)];
    const unsigned = first | (second << 16);
    const steps = (unsigned >>> 1) ^ -(unsigned & 1);
    numbers[i] = steps * STEP + (before ? before[i] : 0);
  }
  return numbers;
}

// ---- the model

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const relu = (value) => Math.max(value, 0);
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));

/** W x + b, summed in 64 bits. */
function linear({ weight, bias }, x) {
  return Float64Array.from(bias, (sum, row) => {
    const start = row * x.length;
    for (let i = 0; i < x.length; i++) sum += weight[start + i] * x[i];
    return sum;
  });
}

/** Layers of [inputs, outputs], each with its weight and its bias, out of numbers one after the other. */
function layers(numbers, sizes) {
  let start = 0;
  const take = (count) => numbers.subarray(start, (start += count));
  return sizes.map(([inputs, outputs]) => ({ weight: take(inputs * outputs), bias: take(outputs) }));
}

export class Decoder {
  constructor(numbers, latentDim, hiddenDim) {
    [this.decoder, this.toLogits] = layers(numbers, [[latentDim, hiddenDim], [hiddenDim, PIXELS]]);
  }

  decodeLogits(z) { return linear(this.toLogits, linear(this.decoder, z).map(relu)); }
  decode(z) { return this.decodeLogits(z).map(sigmoid); }
}

export class VAE extends Decoder {
  /** `numbers` in the order of the state dict: the decoder comes last. */
  constructor(numbers, latentDim, hiddenDim) {
    super(numbers.subarray(-(latentDim + 1) * hiddenDim - (hiddenDim + 1) * PIXELS), latentDim, hiddenDim);
    const toCode = [hiddenDim, latentDim];
    [this.encoder, this.toMu, this.toLogvar] = layers(numbers, [[PIXELS, hiddenDim], toCode, toCode]);
  }

  encode(x) {
    const h = linear(this.encoder, x).map(relu);
    return { mu: linear(this.toMu, h), logvar: linear(this.toLogvar, h) };
  }
}

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

// ---- what every view needs

const toGrey = (pixels) => Uint8ClampedArray.from(pixels, (pixel) => 255 * pixel);
const toUnit = (image) => Float64Array.from(image, (grey) => grey / 255);
const toBytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const each = (list, html) => list.map(html).join("");
const canvas = (name, label) =>
  `<canvas class="${name}" width="${SIDE}" height="${SIDE}" role="img" aria-label="${label}"></canvas>`;

/** A finger that scrolls the page may land on a slider, which jumps there: put it back as soon as the browser
 *  takes the touch for its own. */
function scrollPast(root, signal) {
  let putBack;
  root.addEventListener("pointerdown", ({ target, pointerType }) => {
    const slider = pointerType === "touch" && target.closest("input[type=range], .noUi-target");
    const value = slider && (slider.noUiSlider?.get() ?? slider.value);
    putBack = slider && (() => {
      if (slider.noUiSlider) return slider.noUiSlider.set(value);
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }, { capture: true, signal });
  root.addEventListener("pointercancel", () => putBack?.(), { capture: true, signal });
}

/** Look after the sliders of ipywidgets around `el`, which come when they come: names for screen readers, and
 *  fingers that scroll. Returns how to stop. */
function tendSliders(el) {
  const end = new AbortController();
  const nameHandles = (box) => {
    for (const handle of box.querySelectorAll(".noUi-handle:not([aria-label])"))
      handle.setAttribute("aria-label", handle.closest(".widget-hslider").querySelector("label").textContent);
  };
  const placed = new ResizeObserver(() => {
    const box = el.closest(".vae-sliders");
    if (!box) return; // not on the page yet
    placed.disconnect();
    nameHandles(box);
    const added = new MutationObserver(() => nameHandles(box));
    added.observe(box, { childList: true, subtree: true });
    end.signal.addEventListener("abort", () => added.disconnect());
    scrollPast(box, end.signal);
  });
  placed.observe(el);
  end.signal.addEventListener("abort", () => placed.disconnect());
  return () => end.abort();
}

/** Show 784 grey levels on a canvas of 28 x 28 pixels. */
function show(canvas, image) {
  const frame = new ImageData(SIDE, SIDE);
  new Uint32Array(frame.data.buffer).set(Uint32Array.from(image, (grey) => 0xff000000 + grey * 0x010101));
  canvas.getContext("2d").putImageData(frame, 0, 0);
}
