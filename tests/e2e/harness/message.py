# SPDX-License-Identifier: MIT
"""SIP messages and session descriptions as text: read as far as a test asks, and written as it says."""
import itertools
import random

_COMPACT = {"i": "call-id", "m": "contact", "e": "content-encoding", "l": "content-length", "c": "content-type",
            "f": "from", "s": "subject", "k": "supported", "t": "to", "v": "via"}
_counter = itertools.count(1)


def token(prefix):
    return f"{prefix}{next(_counter)}{random.randrange(16**8):08x}"


class Message:
    """A parsed message: first line, headers in order, body."""

    def __init__(self, data):
        self.data = data
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.first = lines[0]
        self.headers = []
        for line in lines[1:]:
            if line[:1] in " \t" and self.headers:
                name, value = self.headers[-1]
                self.headers[-1] = (name, value + " " + line.strip())
                continue
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((_COMPACT.get(name, name), value.strip()))
        self.body = body.decode("utf-8", "replace")
        self.is_response = self.first.startswith("SIP/2.0 ")
        self.status = int(self.first.split()[1]) if self.is_response else 0
        self.cseq, self.method = self._cseq()
        if not self.is_response:
            self.method = self.first.split()[0]

    def _cseq(self):
        number, _, method = self.get("cseq").partition(" ")
        return (int(number) if number.isdigit() else 0), method.strip()

    def get(self, name):
        return next((v for n, v in self.headers if n == name), "")

    def all(self, name):
        return [v for n, v in self.headers if n == name]

    @property
    def uri(self):
        return self.first.split()[1]

    def param(self, header, name):
        for piece in self.get(header).split(">")[-1].split(";")[1:]:
            key, _, value = piece.strip().partition("=")
            if key.lower() == name:
                return value
        return ""

    @property
    def name(self):
        return f"{self.status} ({self.method})" if self.is_response else self.method

    def sdp(self):
        return Sdp(self.body)

    def __str__(self):
        return self.name


class Sdp:
    """What a test asks of a session description."""

    def __init__(self, text):
        self.text = text
        self.lines = [line for line in text.replace("\r", "").split("\n") if line]
        media = self.values("m")
        self.port = int(media[0].split()[1]) if media else 0
        self.formats = media[0].split()[3:] if media else []
        connection = self.values("c")
        self.ip = connection[-1].split()[2] if connection else ""

    def values(self, kind):
        return [line[2:] for line in self.lines if line.startswith(kind + "=")]

    @property
    def direction(self):
        for value in self.values("a"):
            if value in ("sendrecv", "sendonly", "recvonly", "inactive"):
                return value
        return "sendrecv"

    @property
    def origin(self):
        """(session id, version)"""
        fields = self.values("o")[0].split()
        return fields[1], int(fields[2])


def make_sdp(ip, port, formats="0 8 101", direction="", version=1, more=()):
    kind = "IP6" if ":" in ip else "IP4"
    names = {"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000", "18": "G729/8000", "13": "CN/8000",
             "101": "telephone-event/8000", "96": "telephone-event/8000"}
    lines = ["v=0", f"o=test 4711 {version} IN {kind} {ip}", "s=-", f"c=IN {kind} {ip}", "t=0 0",
             f"m=audio {port} RTP/AVP {formats}"]
    lines += [f"a=rtpmap:{f} {names[f]}" for f in formats.split() if f in names]
    lines += [f"a=fmtp:{f} 0-15" for f in formats.split() if names.get(f, "").startswith("tele")]
    lines += [f"a={direction}"] if direction else []
    lines += list(more)
    return "\r\n".join(lines) + "\r\n"


def bracket(ip):
    return f"[{ip}]" if ":" in ip else ip


def finish(lines, sdp):
    body = sdp or ""
    if body and not any(line.lower().startswith("content-type:") for line in lines):
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join(lines) + "\r\n\r\n" + body


def uri_of(value):
    if "<" in value:
        return value[value.index("<") + 1:value.index(">")]
    return value.split(";")[0].strip()


def split_list(values):
    """Comma-separated header values; commas inside <> do not count."""
    out = []
    for value in values:
        depth, piece = 0, ""
        for c in value:
            depth += (c == "<") - (c == ">")
            if c == "," and depth == 0:
                out.append(piece.strip())
                piece = ""
            else:
                piece += c
        out.append(piece.strip())
    return [p for p in out if p]
