#!/usr/bin/env python3
"""Makes ring.opus and ring-back.opus beside this file: our own work, from sine waves. Needs ffmpeg."""
import math, pathlib, struct, subprocess

RATE = 48000


def silence(seconds):
    return [0.0] * int(seconds * RATE)


def add(track, at, notes):
    """notes: (frequency in Hz, loudness, seconds to fall to a tenth)"""
    for frequency, loudness, fall in notes:
        begin, attack = int(at * RATE), 0.012
        for i in range(len(track) - begin):
            t = i / RATE
            level = loudness * min(t / attack, 1) * 10 ** (-t / fall)
            if t > attack and level < 1e-4:
                break
            track[begin + i] += level * math.sin(2 * math.pi * frequency * t)


def struck(frequency, loudness):
    """A bar of wood: its fourth partial rings short, the tenth shorter."""
    return [(frequency, loudness, 0.9), (frequency * 3.93, loudness * 0.22, 0.25),
            (frequency * 9.24, loudness * 0.06, 0.08)]


def ring():
    track = silence(4)
    for phrase in (0, 0.95):
        for at, frequency, loudness in ((0, 659.26, 0.30), (0.17, 987.77, 0.26), (0.34, 830.61, 0.24)):
            add(track, 0.02 + phrase + at, struck(frequency, loudness))
    return track


def ring_back():
    """One second on, four off (ETSI TR 101 041-1), softer than a telephone exchange."""
    track = silence(5)
    for i in range(RATE):
        t = i / RATE
        edge = min(t / 0.06, (1 - t) / 0.06, 1)
        track[i] = 0.16 * edge * (math.sin(2 * math.pi * 425 * t) + 0.08 * math.sin(2 * math.pi * 850 * t))
    return track


for name, track in (("ring", ring()), ("ring-back", ring_back())):
    pcm = b"".join(struct.pack("<h", round(32767 * max(-1, min(1, sample)))) for sample in track)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-",
                    "-c:a", "libopus", "-b:a", "40k", "-fflags", "+bitexact", "-flags:a", "+bitexact",
                    str(pathlib.Path(__file__).parent / f"{name}.opus")], input=pcm, check=True)
