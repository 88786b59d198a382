# SPDX-License-Identifier: MIT
"""Known sounds, and whether a recording holds one: two tones a sound, found by Goertzel's filter."""
import array
import math
import wave

RATE = 8000
BLOCK = 400     # 50 ms

# Two-tone sounds that no line tone and no other sound here is made of.
SOUNDS = {"phones": (620, 1130), "pbx": (850, 1490)}


def write_sound(path, tones, seconds):
    samples = array.array("h", (
        int(sum(6000 * math.sin(2 * math.pi * f * n / RATE) for f in tones)) for n in range(RATE * seconds)))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


def read_sound(path):
    with wave.open(str(path), "rb") as file:
        assert file.getframerate() == RATE and file.getsampwidth() == 2 and file.getnchannels() == 1
        return array.array("h", file.readframes(file.getnframes()))


def goertzel(block, frequency):
    """The share of the block's energy that lies at the frequency: 0..1."""
    energy = sum(s * s for s in block)
    if energy < len(block) * 100:      # below -50 dBm0: silence holds nothing
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency / RATE)
    s1 = s2 = 0.0
    for sample in block:
        s1, s2 = sample + coefficient * s1 - s2, s1
    return 2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / (energy * len(block))


def heard_seconds(samples, tones):
    """How long the sound is in the recording: the blocks where each of its tones carries its share."""
    blocks = 0
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        block = samples[start:start + BLOCK]
        if all(goertzel(block, tone) > 0.3 for tone in tones):
            blocks += 1
    return blocks * BLOCK / RATE
