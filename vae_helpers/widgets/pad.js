// The pad: strokes -> an image like MNIST's. It stands after view.js.

const BOX = 20; // MNIST's digits fit into 20 x 20 pixels,
const MIDDLE = 14; // have their centre of mass at pixel (14, 14),
const PEN = 2.7; // and strokes about this wide

/** Strokes, lists of points [x, y] on a pad of size 1, as 784 grey levels 0 to 255: fitted into the box with
 *  their proportions kept, then moved to have the centre of mass in the middle (LeCun et al. 1998). */
function rasterise(strokes) {
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
