// What the views share: numbers out of bytes, pictures on a canvas, numerals on a map, the sliders of ipywidgets, and
// a page of its own. Python joins this file with those of a view.

const [SIDE, PIXELS] = [28, 28 * 28];
const NUMERAL = 0.055; // the size of a numeral on a map of size 1

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const each = (list, html) => list.map(html).join("");
const toText = (value) => value.toFixed(2).replace("-", "−");
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

// ---- numbers out of bytes

/** The bytes that zlib has deflated. */
async function inflate(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The numbers that `pack` in page.py has written: the size of a step, all low bytes, all high bytes. */
async function unpack(view) {
  const bytes = await inflate(view);
  const step = new DataView(bytes.buffer).getFloat32(0, true);
  const count = (bytes.length - 4) / 2;
  const [low, high] = [bytes.subarray(4, 4 + count), new Int8Array(bytes.buffer, 4 + count)];
  return Float32Array.from(low, (byte, i) => step * (256 * high[i] + byte));
}

const toBytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const toUnit = (image) => Float64Array.from(image, (grey) => grey / 255);
const toGrey = (pixels) => Uint8ClampedArray.from(pixels, (pixel) => 255 * pixel);

// ---- pictures

const canvas = (name, label, width = SIDE, height = SIDE) =>
  `<canvas class="${name}" width="${width}" height="${height}" role="img" aria-label="${label}"></canvas>`;

/** Show grey levels on a canvas, one for each of its pixels. */
function show(canvas, image) {
  const frame = new ImageData(canvas.width, canvas.height);
  new Uint32Array(frame.data.buffer).set(Uint32Array.from(image, (grey) => 0xff000000 + grey * 0x010101));
  canvas.getContext("2d").putImageData(frame, 0, 0);
}

/** Move two numerals on a map a little, if they would cover each other. */
function pushApart(a, b) {
  const distance = Math.hypot(b[0] - a[0], b[1] - a[1]);
  for (const axis of distance && distance < NUMERAL ? [0, 1] : []) {
    const push = ((NUMERAL / distance - 1) * (b[axis] - a[axis])) / 4;
    [a[axis], b[axis]] = [a[axis] - push, b[axis] + push];
  }
}

/** Put each numeral at its spot, as nearly as the others let it. */
function placeNumerals(texts, spots) {
  for (let pass = 0; pass < 50; pass++) spots.forEach((a) => spots.forEach((b) => pushApart(a, b)));
  texts.forEach((text, i) => text.setAttribute("transform", `translate(${spots[i]})`));
}

// ---- sliders

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

/** A number as people type it, 0,70 or −1.5, becomes one that ipywidgets can read; and it counts when it is left, too,
 *  of which ipywidgets hears nothing, since "blur" does not bubble. */
function readNumbers(box, signal) {
  const repair = (readout) => { readout.textContent = readout.textContent.replace(",", ".").replace("−", "-"); };
  box.addEventListener("keydown", ({ target, key }) => {
    if (key === "Enter" && target.matches(".widget-readout")) repair(target);
  }, { capture: true, signal });
  box.addEventListener("focusout", ({ target }) => {
    if (!target.matches(".widget-readout")) return;
    repair(target);
    target.dispatchEvent(new Event("blur", { bubbles: true }));
  }, { signal });
}

/** Look after the sliders of ipywidgets around `el`, which come when they come: names for screen readers, fingers
 *  that scroll, numbers that are typed. Returns how to stop. */
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
    readNumbers(box, end.signal);
  });
  placed.observe(el);
  end.signal.addEventListener("abort", () => placed.disconnect());
  return () => end.abort();
}

const SILENCE = `No answer from Python yet, so the picture is out of date: the kernel is busy, or this page has none. Run
  the cell in JupyterLab.`;

/** Say so when Python takes long to answer. */
function patience(say) {
  let timer = 0;
  const answered = (words = "") => {
    clearTimeout(timer);
    timer = 0;
    say(words);
  };
  const asked = () => { timer ||= setTimeout(() => say(SILENCE), 2000); };
  return { asked, answered };
}

// ---- a page of its own

/** Show the widget without Python. `state` has the values of its traits, bytes as { bytes } in base64, and in
 *  `models` those of other widgets that it knows by their number. */
async function openPage(state, el) {
  const toView = ({ bytes }) => new DataView(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)).buffer);
  const modelOf = (values) => ({
    get: (name) => (values[name]?.bytes === undefined ? values[name] : toView(values[name])),
    set: (name, value) => { values[name] = value; },
    on() {},
    save_changes() {},
    widget_manager: { get_model: (number) => modelOf(state.models[number]) },
  });
  await render({ model: modelOf(state), el });
}
