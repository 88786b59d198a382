# SPDX-License-Identifier: MIT
"""A time server (SNTP, RFC 5905) that tells what a test wants to be told.

    server = TimeServer(host, unix)     port 123 of the host; its clock goes on from there
    server.set(unix)                    now it is this time
    server.now(), server.asked          what it tells at this moment; how often it was asked
"""
import socket
import struct
import threading
import time

_SINCE_1900 = 2208988800    # of 1970
_CLIENT, _SERVER = 3, 4


class TimeServer:
    def __init__(self, host, unix):
        self.asked = 0
        self.set(unix)
        with host.enter():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((host.ip4, 123))
        self._socket.settimeout(0.2)
        self._is_closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def set(self, unix):
        self._ahead = unix - time.monotonic()

    def now(self):
        return time.monotonic() + self._ahead

    def _serve(self):
        while not self._is_closed:
            try:
                question, asker = self._socket.recvfrom(512)
            except TimeoutError:
                continue
            if len(question) >= 48 and question[0] & 7 == _CLIENT:
                self._socket.sendto(self._answer(question), asker)
                self.asked += 1

    def _answer(self, question):
        now = int((self.now() + _SINCE_1900) * (1 << 32)).to_bytes(9, "big")[-8:]
        version = question[0] & 0x38
        head = struct.pack(">BBbbII4s", version | _SERVER, 1, 6, -20, 0, 0, b"GPS")
        return head + now + question[40:48] + now + now     # its own setting, the asker's time, reception, answer

    def close(self):
        """Its port is free afterwards."""
        self._is_closed = True
        self._thread.join()
        self._socket.close()
