// The VAE in JavaScript: model.py, losses.py and, at the end, the five lines of training of notebook 4. Beside each
// formula stands its derivative; dY means d loss / d y. An image x is a row of numbers in [0, 1], a code z a row of
// latentDim numbers; losses are in nats per image. Python joins this file to those of a view: one script.

// ---- the layers

const relu = (value) => Math.max(value, 0);
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
const softplus = (value) => relu(value) + Math.log1p(Math.exp(-Math.abs(value))); // its derivative is sigmoid

/** Where x is not 0. The rest, most pixels and half of the hidden units, needs no multiplication. */
function lit(x) {
  const places = [];
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) places.push(i);
  return places;
}

/** y = W x + b, summed in 64 bits. */
function linear({ weight, bias }, x) {
  const [y, places] = [new Float64Array(bias.length), lit(x)];
  for (let row = 0; row < y.length; row++) {
    const start = row * x.length;
    let sum = bias[row];
    for (const i of places) sum += weight[start + i] * x[i];
    y[row] = sum;
  }
  return y;
}

/** dW = dY xᵀ and db = dY, added to those of the other images. */
function addGradient({ weight, bias }, x, dY) {
  const places = lit(x);
  for (const row of lit(dY)) {
    const [d, start] = [dY[row], row * x.length];
    for (const i of places) weight[start + i] += d * x[i];
    bias[row] += d;
  }
}

/** dX = Wᵀ dY. */
function passBack({ weight }, dY) {
  const dX = new Float64Array(weight.length / dY.length);
  for (const row of lit(dY)) {
    const [d, start] = [dY[row], row * dX.length];
    for (let i = 0; i < dX.length; i++) dX[i] += weight[start + i] * d;
  }
  return dX;
}

/** Nothing passes where relu has made a 0. */
const passBackRelu = (h, dH) => dH.map((d, i) => (h[i] > 0 ? d : 0));

/** Layers of [inputs, outputs], each with its weight and its bias, out of numbers one after the other. */
function layers(numbers, sizes) {
  let start = 0;
  const take = (count) => numbers.subarray(start, (start += count));
  return sizes.map(([inputs, outputs]) => ({ weight: take(inputs * outputs), bias: take(outputs) }));
}

// ---- the two halves of the loss

/** -ln p(x|z): the binary cross-entropy, summed over the pixels. */
function reconstructionLoss(logits, x) {
  return logits.reduce((sum, logit, i) => sum + softplus(logit) - logit * x[i], 0);
}

/** KL(N(mu, exp(logvar)) ‖ N(0, I)) = ½ Σ (mu² + exp(logvar) - 1 - logvar). */
function klDivergence({ mu, logvar }) {
  return mu.reduce((sum, m, k) => sum + (m * m + Math.expm1(logvar[k]) - logvar[k]) / 2, 0);
}

const reconstructionGradient = (logits, x) => logits.map((logit, i) => sigmoid(logit) - x[i]);
const klGradient = ({ mu, logvar }) => ({ dMu: mu, dLogvar: logvar.map((value) => Math.expm1(value) / 2) });

// ---- the network

class Decoder {
  constructor(numbers, latentDim, hiddenDim, pixels = 784) {
    [this.decoder, this.toLogits] = layers(numbers, [[latentDim, hiddenDim], [hiddenDim, pixels]]);
  }

  hidden(z) { return linear(this.decoder, z).map(relu); }
  decodeLogits(z) { return linear(this.toLogits, this.hidden(z)); }
  decode(z) { return this.decodeLogits(z).map(sigmoid); }
}

class VAE extends Decoder {
  /** `numbers` in the order of the state dict: the decoder comes last. */
  constructor(numbers, latentDim, hiddenDim, pixels = 784) {
    const decoderSize = (latentDim + 1) * hiddenDim + (hiddenDim + 1) * pixels;
    super(numbers.subarray(numbers.length - decoderSize), latentDim, hiddenDim, pixels);
    const toCode = [hiddenDim, latentDim];
    [this.encoder, this.toMu, this.toLogvar] = layers(numbers, [[pixels, hiddenDim], toCode, toCode]);
    Object.assign(this, { numbers, latentDim, hiddenDim, pixels });
  }

  encode(x) {
    const h = linear(this.encoder, x).map(relu);
    return { h, mu: linear(this.toMu, h), logvar: linear(this.toLogvar, h) };
  }

  /** q(z|x): mu and sigma, and what the KL gets as logvar. `second` is the network's second answer. */
  cloud(x, mistakes = []) {
    const { h, mu, logvar: second } = this.encode(x);
    if (mistakes.includes("sigma read as logvar")) {
      const sigma = second.map(softplus); // here the network says sigma,
      return { h, second, mu, sigma, logvar: sigma }; // and the KL reads it as logvar
    }
    return { h, second, mu, sigma: second.map((value) => Math.exp(value / 2)), logvar: second };
  }

  /** z = mu + sigma * eps, decoded; the noise eps comes from the caller. */
  forward(x, eps, mistakes = []) {
    const cloud = this.cloud(x, mistakes);
    const z = cloud.mu.map((m, k) => m + cloud.sigma[k] * eps[k]);
    return { ...cloud, x, eps, z, logits: this.decodeLogits(z) };
  }

  /** The derivatives of the mean loss of a batch, into `gradient`: a VAE whose numbers are derivatives. */
  backward(passes, gradient, beta, mistakes = []) {
    for (const pass of passes) this.backwardOne(pass, gradient, beta, mistakes);
    gradient.numbers.forEach((sum, i) => { gradient.numbers[i] = sum / passes.length; });
  }

  /** From the loss of one image back to every weight. */
  backwardOne({ x, eps, h, second, mu, sigma, logvar, z, logits }, gradient, beta, mistakes) {
    // from the reconstruction back through the decoder
    const dLogits = reconstructionGradient(logits, x);
    if (mistakes.includes("mean for sum")) dLogits.forEach((d, i) => { dLogits[i] = d / x.length; });
    const hidden = this.hidden(z);
    const dHidden = passBackRelu(hidden, passBack(this.toLogits, dLogits));
    const dZ = passBack(this.decoder, dHidden);
    addGradient(gradient.toLogits, hidden, dLogits);
    addGradient(gradient.decoder, z, dHidden);

    // through z = mu + sigma * eps, where the KL joins in
    if (mistakes.includes("plain draw")) dZ.fill(0); // nothing passes through a draw
    const kl = klGradient({ mu, logvar });
    const dMu = dZ.map((d, k) => d + beta * kl.dMu[k]);
    const dSigma = dZ.map((d, k) => d * eps[k]);
    let dSecond = dSigma.map((d, k) => (d * sigma[k]) / 2 + beta * kl.dLogvar[k]); // sigma = exp(logvar / 2)
    if (mistakes.includes("sigma read as logvar"))
      dSecond = dSigma.map((d, k) => (d + beta * kl.dLogvar[k]) * sigmoid(second[k])); // sigma = softplus(second)

    // back through the encoder
    const [fromMu, fromSecond] = [passBack(this.toMu, dMu), passBack(this.toLogvar, dSecond)];
    const dH = passBackRelu(h, fromMu.map((d, i) => d + fromSecond[i]));
    addGradient(gradient.toMu, h, dMu);
    addGradient(gradient.toLogvar, h, dSecond);
    addGradient(gradient.encoder, x, dH);
  }
}

// ---- training

/** Total = reconstruction + beta * KL, averaged over the batch. */
function vaeLoss(passes, beta, mistakes = []) {
  const mean = (half) => passes.reduce((sum, pass) => sum + half(pass), 0) / passes.length;
  const pixels = mistakes.includes("mean for sum") ? passes[0].x.length : 1;
  const reconstruction = mean(({ logits, x }) => reconstructionLoss(logits, x)) / pixels;
  const kl = mean(klDivergence);
  return { total: reconstruction + beta * kl, reconstruction, kl };
}

/** Kingma & Ba (2015, arXiv:1412.6980), with the numbers of torch. */
class Adam {
  constructor(vae, lr) {
    const zeros = () => new Float64Array(vae.numbers.length);
    Object.assign(this, { lr, numbers: vae.numbers, mean: zeros(), square: zeros(), steps: 0 });
    this.gradient = new VAE(zeros(), vae.latentDim, vae.hiddenDim, vae.pixels); // its numbers: derivatives
  }

  zeroGrad() { this.gradient.numbers.fill(0); }

  step() {
    const { lr, numbers, mean, square, gradient } = this;
    this.steps++;
    const [seen, seenSquare] = [1 - 0.9 ** this.steps, 1 - 0.999 ** this.steps];
    for (let i = 0; i < numbers.length; i++) {
      const d = gradient.numbers[i];
      mean[i] = 0.9 * mean[i] + 0.1 * d;
      square[i] = 0.999 * square[i] + 0.001 * d * d;
      numbers[i] -= (lr * mean[i]) / seen / (Math.sqrt(square[i] / seenSquare) + 1e-8);
    }
  }
}

/** One step of training on a batch of images, with a row of noise for each: the five lines of notebook 4. */
function trainStep(vae, optimizer, images, noise, beta, mistakes = []) {
  const passes = images.map((x, i) => vae.forward(x, noise[i], mistakes));
  const loss = vaeLoss(passes, beta, mistakes);
  optimizer.zeroGrad();
  vae.backward(passes, optimizer.gradient, beta, mistakes);
  optimizer.step();
  return loss;
}
