// What the playground shows of a picture that its worker has sent: the clouds, the grid, the rows, the curves. Each
// view has its place in the page, `html`, and draws into it.
// `script` in page.py puts DIGIT_COLOURS and view.js before it.

const TILE = 14; // pixels, of a digit's side
const CLOUDS = 300; // on the map, as in playground.py
const DEVIATIONS = 2; // the size of a cloud, and of the prior's circle
const REACHES = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024]; // how far a map may show
const POINTS = 600; // of a curve; then every second one goes, and the next ones come as far apart

/** Digits side by side, on a canvas of `columns` digits. */
function showTiles(canvas, digits, columns) {
  const image = new Uint8ClampedArray(digits.length);
  digits.forEach((grey, i) => {
    const [digit, pixel] = [Math.floor(i / TILE ** 2), i % TILE ** 2];
    const y = Math.floor(digit / columns) * TILE + Math.floor(pixel / TILE);
    const x = (digit % columns) * TILE + (pixel % TILE);
    image[y * columns * TILE + x] = grey;
  });
  show(canvas, image);
}

/** The clouds q(z|x) of some images on the plane, with the prior's circle. */
class CloudMap {
  static html = `
    <div class="plane" role="img" aria-label="Map of the clouds, one for each image, and the prior's circle">
      <canvas></canvas>
      <svg viewBox="0 0 1 1" aria-hidden="true"><circle class="prior" cx="0.5" cy="0.5"/>
        ${each(DIGIT_COLOURS, (colour, digit) => `<text stroke="${colour}">${digit}</text>`)}</svg>
    </div>`;

  constructor(el, labels) {
    Object.assign(this, { el, labels, canvas: el.querySelector("canvas"), numerals: [...el.querySelectorAll("text")] });
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(el);
  }

  close() { this.resized.disconnect(); }

  draw(picture = this.picture) {
    if (!picture) return;
    this.picture = picture;
    this.side = Math.round(this.el.clientWidth * devicePixelRatio);
    if (this.canvas.width !== this.side) [this.canvas.width, this.canvas.height] = [this.side, this.side];
    this.reach = this.reachOf(picture);
    this.el.dataset.limit = this.reach;
    this.el.querySelector(".prior").setAttribute("r", DEVIATIONS / this.reach / 2);
    this.drawClouds(picture);
    this.placeNumerals(picture);
  }

  /** How far the map shows: nearly all clouds as a whole. */
  reachOf({ mu, sigma }) {
    const ends = mu.map((m, i) => Math.abs(m) + DEVIATIONS * sigma[i]).sort();
    const far = ends[Math.floor(0.99 * ends.length)];
    return REACHES.find((reach) => far <= reach) ?? REACHES.at(-1);
  }

  drawClouds({ mu, sigma }) {
    const scale = this.side / 2 / this.reach;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.side, this.side);
    context.lineWidth = devicePixelRatio;
    DIGIT_COLOURS.forEach((colour, digit) => {
      const [clouds, centres] = [new Path2D(), new Path2D()];
      for (let row = 0; row < mu.length / 2; row++) {
        const numbers = [mu[2 * row], mu[2 * row + 1], sigma[2 * row], sigma[2 * row + 1]];
        if (this.labels[row] !== digit || !numbers.every(Number.isFinite)) continue;
        const [x, y] = [this.side / 2 + scale * numbers[0], this.side / 2 - scale * numbers[1]];
        const [width, height] = [numbers[2], numbers[3]].map((deviation) => scale * DEVIATIONS * deviation);
        clouds.moveTo(x + width, y);
        clouds.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
        centres.moveTo(x, y);
        centres.arc(x, y, 2 * devicePixelRatio, 0, 2 * Math.PI);
      }
      [context.fillStyle, context.strokeStyle] = [colour, colour];
      context.globalAlpha = 0.12;
      context.fill(clouds);
      context.globalAlpha = 0.3;
      context.stroke(clouds);
      context.globalAlpha = 1;
      context.fill(centres);
    });
  }

  /** Each digit's numeral, at the middle of its clouds. */
  placeNumerals({ mu }) {
    const sums = DIGIT_COLOURS.map(() => [0, 0, 0]);
    for (let row = 0; row < mu.length / 2; row++) {
      const sum = sums[this.labels[row]];
      [mu[2 * row], mu[2 * row + 1], 1].forEach((value, i) => { sum[i] += value; });
    }
    const place = (value) => clamp((1 + value / this.reach) / 2, 0.03, 0.97) || 0.5; // the middle for no number
    placeNumerals(this.numerals, sums.map(([x, y, count]) => [place(x / count), place(-y / count)]));
  }
}

/** The two halves of the loss since the start. */
class Curves {
  static html = `
    <div class="chart" role="img" aria-label="Curves of reconstruction and KL over the steps">
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        ${each([0.25, 0.5, 0.75], (y) => `<path class="rule" d="M0 ${y}H1"/>`)}
        <path class="reconstruction"/><path class="kl"/></svg>
      <span class="top"></span><span class="bottom">0</span><span class="end"></span>
    </div>`;

  constructor(el) {
    Object.assign(this, { el, points: [], apart: 1 });
  }

  draw({ step, reconstruction, kl }) {
    const now = { step, reconstruction, kl };
    this.remember(now);
    const points = [...this.points, now];
    const highest = Math.max(...points.flatMap((point) => [point.reconstruction, point.kl]).filter(Number.isFinite));
    const top = [1, 10, 200, 400, 800].find((top) => highest <= top) ?? 2000;
    for (const half of ["reconstruction", "kl"]) {
      const at = (point) => `${point.step / Math.max(step, 1)} ${1 - clamp(point[half] || 0, 0, top) / top}`;
      const line = points.filter((point) => Number.isFinite(point[half])).map(at).join("L");
      this.el.querySelector(`.${half}`).setAttribute("d", line && `M${line}`);
    }
    this.el.querySelector(".top").textContent = top;
    this.el.querySelector(".end").textContent = `step ${step.toLocaleString("en")}`;
  }

  /** Points evenly apart, however long the run. */
  remember(now) {
    if (!now.step || now.step < this.points.at(-1)?.step) Object.assign(this, { points: [], apart: 1 });
    if (now.step >= (this.points.at(-1)?.step ?? -1) + this.apart) this.points.push(now);
    if (this.points.length <= POINTS) return;
    this.points = this.points.filter((_, i) => i % 2 === 0);
    this.apart = (2 * now.step) / POINTS;
  }
}
