# SPDX-License-Identifier: MIT
"""A peer's voice: a thread that plays a tone (or nothing) at the pace of G.711, and keeps what it hears."""
import math
import struct
import threading
import time
import warnings

from .rtp import RtpEnd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import audioop      # G.711 that is not ours

RATE = 8000
FRAME = 160
# ITU-T G.711, tables 5 and 6: a sine of 1 kHz at 0 dBm0.
MILLIWATT = {0: bytes([0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e]),
             8: bytes([0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4])}


def decode(payload_type, payload):
    return {0: audioop.ulaw2lin, 8: audioop.alaw2lin}[payload_type](payload, 2)


def encode(payload_type, linear):
    return {0: audioop.lin2ulaw, 8: audioop.lin2alaw}[payload_type](linear, 2)


def samples_of(linear):
    return struct.unpack(f"<{len(linear) // 2}h", linear)


def rms(samples):
    return math.sqrt(sum(s * s for s in samples) / len(samples))


def level_dbm0(payload_type, samples):
    reference = rms(samples_of(decode(payload_type, MILLIWATT[payload_type])))
    return 20 * math.log10(max(rms(samples), 1e-3) / reference)


def frequency_of(samples):
    """Of a lone tone, by its rising zero crossings."""
    rises = [i - samples[i] / (samples[i] - samples[i - 1])
             for i in range(1, len(samples)) if samples[i - 1] < 0 <= samples[i]]
    return (len(rises) - 1) * RATE / (rises[-1] - rises[0]) if len(rises) > 1 else 0.0


class Voice:
    """Plays from start() to close(); `packets` are those that came: (time, marker, sequence, timestamp, ssrc, type, payload)."""

    def __init__(self, host, port, payload_type=0, tone=None, ip=None):
        """tone: (Hz, dBm0); None says nothing at all."""
        self.end = RtpEnd(host, port, payload_type=payload_type, ip=ip)
        self.payload_type = payload_type
        self.tone = tone
        self.to = None
        self.packets = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, to):
        self.to = to
        self._thread.start()
        return self

    def close(self):
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self.end.close()

    def _frame(self, number):
        hertz, dbm0 = self.tone
        peak = rms(samples_of(decode(self.payload_type, MILLIWATT[self.payload_type]))) * math.sqrt(2)
        peak *= 10 ** (dbm0 / 20)
        linear = struct.pack(f"<{FRAME}h", *(
            round(peak * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(number * FRAME, (number + 1) * FRAME)))
        return encode(self.payload_type, linear)

    def _run(self):
        began = time.monotonic()
        number = 0
        while not self._stop.is_set():
            due = began + number * FRAME / RATE
            got = self.end.receive(max(due - time.monotonic(), 0))
            if got is not None:
                data = got[0]
                _, kind, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
                self.packets.append((time.monotonic(), kind >> 7, sequence, timestamp, ssrc, kind & 0x7f, data[12:]))
            if time.monotonic() >= due:
                if self.tone:
                    self.end.send(self.to, self._frame(number))
                number += 1

    def heard(self, skip=0):
        """Samples of what came, all of it but the first packets."""
        packets = self.packets[skip:]
        return samples_of(b"".join(decode(p[5], p[6]) for p in packets))
