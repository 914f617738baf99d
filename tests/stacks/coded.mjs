/* Pictures with frame numbers and tones, as coded.py has them. */
import { frameCode } from '../support/framecode.mjs';
import { tenths } from '../support/tones.mjs';

export const WIDTH = 640, HEIGHT = 360, RATE = 48000, TONE_HZ = 1000;
const SOURCE = 9, WHITE = 235, GREY = 110, BLACK = 16;
const WINDOW = RATE / 10;
const code = frameCode();

/** Picture `number` of our source, as I420, grey. */
export function draw(number) {
  const picture = new Uint8ClampedArray(WIDTH * HEIGHT * 3 / 2).fill(128).fill(GREY, 0, WIDTH * HEIGHT);
  code.draw(SOURCE, number, WIDTH, HEIGHT, (x, y, width, height, black) => {
    for (let row = Math.round(y); row < Math.round(y + height); row++)
      picture.fill(black ? BLACK : WHITE, row * WIDTH + Math.round(x), row * WIDTH + Math.round(x + width));
  });
  return picture;
}

/** [source, number] of a picture's luma, or null. */
export function read(luma, width, height) {
  const found = code.read(width, height, (x, y) => luma[y * width + x] < 128);
  return found && [found.source, found.number];
}

/** `count` samples of our tone from sample `first` on. */
export function tone(first, count) {
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = 3000 * Math.sin(2 * Math.PI * TONE_HZ * ((first + i) % RATE) / RATE);
  return samples;
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
    for (const sample of mono) this.#sound.push(sample / 32768);
    while (this.#sound.length >= WINDOW) {
      const part = this.#sound.splice(0, WINDOW);
      for (let frequency = 400; frequency <= 1100; frequency += 20)
        if (tenths(part, RATE, frequency)) this.heard.push(frequency);
    }
  }
}
