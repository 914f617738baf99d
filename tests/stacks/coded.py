"""Pictures with frame numbers (engine/statistics/framecode.h has the code) and tones, made and read by numpy."""
import numpy

WIDTH, HEIGHT, SOURCE = 640, 360, 9
RATE, TONE_HZ = 48000, 1000             # the other stack's sound; ours has 440 Hz and 20 more for each source number
WINDOW = RATE // 10
FINDER = "BBBWBW................WBWBB"
WHITE, GREY, BLACK = 235, 110, 16


def crc8(value):
    crc = 0xFF
    for shift in 16, 8, 0:
        crc ^= value >> shift & 255
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 255 if crc & 0x80 else crc << 1
    return crc


def draw(number):
    """The luma of picture `number` of our source."""
    value = SOURCE << 20 | number
    word, cell = value << 8 | crc8(value), WIDTH / 116
    luma = numpy.full((HEIGHT, WIDTH), GREY, numpy.uint8)

    def fill(x, y, width, height, grey):
        luma[round(y):round(y + height), round(x):round(x + width)] = grey
    for centre in 0.35, 0.65:
        x, y = cell / 2, HEIGHT * centre - 2.5 * cell
        fill(x, y, 29 * cell, 5 * cell, WHITE)
        for i, kind in enumerate(FINDER):
            for row in 0, 1:
                bit = word >> (31 - row * 16 - (i - 6)) & 1 if kind == "." else kind == "B"
                if bit:
                    fill(x + (i + 1) * cell, y + (0.5 + 2 * row) * cell, cell, 2 * cell, BLACK)
    return luma


def draw_i420(number):
    """The same as a whole picture, grey."""
    return numpy.vstack([draw(number), numpy.full((HEIGHT // 2, WIDTH), 128, numpy.uint8)])


def read(luma):
    """(source, number) of a picture's luma, or None."""
    height, width = luma.shape
    cell, word = width / 116, 0
    for row in 0, 1:
        for i, kind in enumerate(FINDER):
            dark = luma[round(height * 0.35 + (2 * row - 1) * cell), round((i + 2) * cell)] < 128
            if kind == ".":
                word = word << 1 | int(dark)
            elif dark != (kind == "B"):
                return None
    return (word >> 28, word >> 8 & 0xFFFFF) if crc8(word >> 8) == word & 255 else None


def tone(first, count):
    """`count` samples of our tone from sample `first` on: 16 bits, one channel."""
    phase = 2 * numpy.pi * TONE_HZ / RATE * (numpy.arange(first, first + count) % RATE)
    return (3000 * numpy.sin(phase)).astype(numpy.int16)


def tones(samples):
    """The frequency, to the next 20 Hz, of each tenth of a second where one tone has most of the sound: some have
    gaps, where a busy machine came too late or a file is no sound card."""
    found = []
    for start in range(0, len(samples) - WINDOW + 1, WINDOW):
        power = numpy.abs(numpy.fft.rfft(samples[start:start + WINDOW] * numpy.hanning(WINDOW))) ** 2
        peak = int(power.argmax())
        if power.sum() > 1e9 and power[max(peak - 3, 0):peak + 4].sum() > 0.7 * power.sum():
            found.append(round(peak * RATE / WINDOW / 20) * 20)
    return found


class Witness:
    """What came of the other side: pictures in their order, and tones."""

    def __init__(self):
        self.pictures, self.sound = [], numpy.empty(0, numpy.float64)
        self.heard = []

    def picture(self, luma):
        code = read(luma)
        if code and (not self.pictures or code != self.pictures[-1]):
            self.pictures.append(code)

    def samples(self, mono):
        self.sound = numpy.concatenate([self.sound, mono])
        whole = len(self.sound) // WINDOW * WINDOW
        self.heard += tones(self.sound[:whole])
        self.sound = self.sound[whole:]
