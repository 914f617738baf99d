/* Pictures with frame numbers (engine/statistics/framecode.h has the code) and tones, as coded.py has them. */
export const WIDTH = 640, HEIGHT = 360, RATE = 48000, TONE_HZ = 1000;
const SOURCE = 9, FINDER = 'BBBWBW................WBWBB', WHITE = 235, GREY = 110, BLACK = 16;
const WINDOW = RATE / 10;

function crc8(value) {
  let crc = 0xff;
  for (const shift of [16, 8, 0]) {
    crc ^= value >> shift & 255;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1 ^ 0x07) & 255 : crc << 1;
  }
  return crc;
}

/** Picture `number` of our source, as I420, grey. */
export function draw(number) {
  const picture = new Uint8ClampedArray(WIDTH * HEIGHT * 3 / 2).fill(128).fill(GREY, 0, WIDTH * HEIGHT);
  const value = SOURCE << 20 | number, word = (value * 256 + crc8(value)) >>> 0, cell = WIDTH / 116;
  const fill = (x, y, width, height, grey) => {
    for (let row = Math.round(y); row < Math.round(y + height); row++)
      picture.fill(grey, row * WIDTH + Math.round(x), row * WIDTH + Math.round(x + width));
  };
  for (const centre of [0.35, 0.65]) {
    const x = cell / 2, y = HEIGHT * centre - 2.5 * cell;
    fill(x, y, 29 * cell, 5 * cell, WHITE);
    for (let i = 0; i < 27; i++)
      for (let row = 0; row < 2; row++)
        if (FINDER[i] === '.' ? word >>> (31 - row * 16 - (i - 6)) & 1 : FINDER[i] === 'B')
          fill(x + (i + 1) * cell, y + (0.5 + 2 * row) * cell, cell, 2 * cell, BLACK);
  }
  return picture;
}

/** [source, number] of a picture's luma, or null. */
export function read(luma, width, height) {
  const cell = width / 116;
  let word = 0;
  for (let row = 0; row < 2; row++)
    for (let i = 0; i < 27; i++) {
      const y = Math.round(height * 0.35 + (2 * row - 1) * cell), x = Math.round((i + 2) * cell);
      const dark = luma[y * width + x] < 128;
      if (FINDER[i] === '.') word = (word * 2 + (dark ? 1 : 0)) >>> 0;
      else if (dark !== (FINDER[i] === 'B')) return null;
    }
  return crc8(word >>> 8) === (word & 255) ? [word >>> 28, word >>> 8 & 0xfffff] : null;
}

/** `count` samples of our tone from sample `first` on. */
export function tone(first, count) {
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = 3000 * Math.sin(2 * Math.PI * TONE_HZ * ((first + i) % RATE) / RATE);
  return samples;
}

/** By Goertzel's algorithm: the share of the power that `frequency` has. */
function share(samples, frequency) {
  const step = 2 * Math.cos(2 * Math.PI * frequency / RATE);
  let one = 0, two = 0, power = 0;
  for (const sample of samples) {
    [one, two] = [sample + step * one - two, one];
    power += sample * sample;
  }
  return power > 1e6 ? 2 * (one * one + two * two - step * one * two) / (samples.length * power) : 0;
}

/** What came of the other side: pictures in their order, and the tones of tenths of a second. */
export class Witness {
  pictures = [];
  heard = [];
  #sound = [];

  picture(luma, width, height) {
    const code = read(luma, width, height);
    if (code && String(code) !== String(this.pictures.at(-1))) this.pictures.push(code);
  }

  samples(mono) {
    for (const sample of mono) this.#sound.push(sample);
    while (this.#sound.length >= WINDOW) {
      const part = this.#sound.splice(0, WINDOW);
      for (let frequency = 400; frequency <= 1100; frequency += 20)
        if (share(part, frequency) > 0.7) this.heard.push(frequency);
    }
  }
}
