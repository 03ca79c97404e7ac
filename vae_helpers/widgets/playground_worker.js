// The playground's second thread: it has the digits and the network, trains when it is asked to, and answers with
// what the views draw, so that the page itself never waits. Python joins this file to vae.js.

const [BATCH, LATENT_DIM, HIDDEN_DIM, IMAGE] = [64, 2, 64, 14 * 14];
const RECENT = 16; // steps: the loss that is shown is their mean
const FAR_TOO_HIGH = 10 * IMAGE * Math.log(2); // nats: ten times the loss before training
const TICKS = Array.from({ length: 11 }, (_, i) => (i - 5) / 2.5); // -2 to 2
const GRID = [...TICKS].reverse().flatMap((y) => TICKS.map((x) => [x, y])); // from the top left

/** Numbers in [0, 1), the same ones in every browser (xorshift; Marsaglia 2003, J. Stat. Softw. 8, 14). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Weights and biases as torch draws them: uniform within ±1 / √inputs. */
function freshVAE(random) {
  const toCode = [HIDDEN_DIM, LATENT_DIM];
  const sizes = [[IMAGE, HIDDEN_DIM], toCode, toCode, [LATENT_DIM, HIDDEN_DIM], [HIDDEN_DIM, IMAGE]];
  const numbers = sizes.flatMap(([inputs, outputs]) =>
    Array.from({ length: (inputs + 1) * outputs }, () => (2 * random() - 1) / Math.sqrt(inputs)));
  return new VAE(Float64Array.from(numbers), LATENT_DIM, HIDDEN_DIM, IMAGE);
}

/** Draws eps, one normal number for each dimension of z. */
function noiseFrom(random) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return () => Array.from({ length: LATENT_DIM }, normal);
}

/** The KL of the cloud that z is really drawn from. */
const trueKl = ({ mu, sigma }) => klDivergence({ mu, logvar: sigma.map((value) => 2 * Math.log(value)) });

/** Rows of numbers, one after the other. */
function inOne(Numbers, rows) {
  const numbers = new Numbers(rows.length * rows[0].length);
  rows.forEach((row, i) => numbers.set(row, i * row.length));
  return numbers;
}

class Training {
  /** `greys`: all images, one after the other, 0 to 255; `rows`: those that are shown with their reconstruction;
   *  `clouds`: how many of them are on the map. */
  constructor({ greys, rows, clouds }) {
    const image = (_, row) => Float64Array.from(greys.subarray(row * IMAGE, (row + 1) * IMAGE), (grey) => grey / 255);
    this.images = Array.from({ length: greys.length / IMAGE }, image);
    this.onMap = this.images.slice(0, clouds);
    this.inRows = rows.map((row) => this.images[row]);
    this.begin();
  }

  begin() {
    this.random = randomFrom(2024);
    this.noise = noiseFrom(this.random);
    this.vae = freshVAE(this.random);
    this.optimizer = new Adam(this.vae);
    Object.assign(this, { step: 0, order: [], recent: [], mistakes: [], diverged: false });
  }

  /** The next images; an epoch takes each image once, in a new order. */
  nextBatch() {
    if (!this.order.length) {
      this.order = [...this.images];
      for (let last = this.order.length - 1; last > 0; last--) {
        const other = Math.floor(this.random() * (last + 1));
        [this.order[last], this.order[other]] = [this.order[other], this.order[last]];
      }
    }
    return this.order.splice(0, BATCH);
  }

  trainOnce({ beta, lr, mistakes }) {
    const batch = this.nextBatch();
    this.optimizer.lr = lr;
    const loss = trainStep(this.vae, this.optimizer, batch, batch.map(() => this.noise()), beta, mistakes);
    this.step++;
    this.recent = [...this.recent, loss].slice(-RECENT);
    const sum = mistakes.includes("mean for sum") ? IMAGE * loss.reconstruction : loss.reconstruction;
    this.diverged = !(sum + loss.kl < FAR_TOO_HIGH); // also if it is no number
  }

  /** A number of steps, or as many as can be done in some milliseconds. */
  train(settings, { steps = 0, milliseconds = 0 }) {
    if (String(this.mistakes) !== String(settings.mistakes)) this.recent = []; // another program prints another loss
    this.mistakes = settings.mistakes;
    const end = performance.now() + milliseconds;
    for (let done = 0; !this.diverged && (done < steps || performance.now() < end); done++) this.trainOnce(settings);
  }

  /** The halves of the loss as this program prints them: of the last steps, or else of the images on the map. */
  printed({ beta, mistakes }) {
    if (!this.recent.length) {
      const noise = noiseFrom(randomFrom(7)); // not from the row that training uses
      return vaeLoss(this.onMap.map((x) => this.vae.forward(x, noise(), mistakes)), beta, mistakes);
    }
    const mean = (half) => this.recent.reduce((sum, loss) => sum + loss[half], 0) / this.recent.length;
    return { reconstruction: mean("reconstruction"), kl: mean("kl") };
  }

  /** All that the views draw. */
  picture(settings) {
    const clouds = this.onMap.map((x) => this.vae.cloud(x, settings.mistakes));
    const decoded = (codes) => inOne(Uint8ClampedArray, codes.map((z) => this.vae.decode(z).map((p) => 255 * p)));
    return {
      settings,
      step: this.step,
      epoch: Math.floor((this.step * BATCH) / this.images.length),
      diverged: this.diverged,
      ...this.printed(settings),
      trueKl: clouds.reduce((sum, cloud) => sum + trueKl(cloud), 0) / clouds.length,
      mu: inOne(Float32Array, clouds.map(({ mu }) => mu)),
      sigma: inOne(Float32Array, clouds.map(({ sigma }) => sigma)),
      grid: decoded(GRID),
      recon: decoded(this.inRows.map((x) => this.vae.encode(x).mu)),
    };
  }
}

let training;
onmessage = ({ data: { data, reset, settings, ...amount } }) => {
  if (data) training = new Training(data);
  if (reset) training.begin();
  training.train(settings, amount);
  postMessage(training.picture(settings));
};
