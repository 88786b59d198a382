# SPDX-License-Identifier: MIT
"""A company's own network, as far as an appliance fetches files from it: an authority, HTTPS servers, and DNS.

    ca = Authority(folder)                        ca.certificate: what is trusted; ca.server(names): for HttpsServer
    HttpsServer(host, addresses, port, pair, answers)      answers: path -> what is done with the request
    NameServer(host, {"updates.lab": "10.10.1.9"})
"""
import http.server
import ipaddress
import pathlib
import socket
import ssl
import struct
import threading

from .bundle import openssl

EXTENSIONS = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName={}\n"
ALWAYS = ("20200101000000Z", "20991231000000Z")


class Authority:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.certificate, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self._key,
                "-out", self.certificate, "-days", "3650", "-subj", f"/O=Junctor test/CN={self.folder.name}",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (self.folder / "index").touch()
        # `openssl ca` alone takes dates that are to come.
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
            "default_md=sha256\nunique_subject=no\npolicy=any\n[any]\nCN=supplied\n")

    def in_one_line(self):
        """As the configuration has it."""
        return "".join(line for line in self.certificate.read_text().splitlines() if "-----" not in line)

    def server(self, name, names, valid=ALWAYS):
        """(certificate, key) of a server that has these names: DNS:..., IP:..."""
        certificate, key, request = (self.folder / f"{name}.{suffix}" for suffix in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(EXTENSIONS.format(names))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        openssl("ca", "-config", self.folder / "ca.cnf", "-batch", "-notext", "-cert", self.certificate, "-keyfile",
                self._key, "-in", request, "-out", certificate, "-extfile", extensions, "-startdate", valid[0],
                "-enddate", valid[1])
        return certificate, key


class HttpsServer:
    """Each request in a thread. An answer is a function of the handler (http.server)."""

    def __init__(self, host, addresses, port, pair, answers):
        self.asked = []     # paths
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 300   # of a client that says nothing more

            def setup(self):
                self.request.settimeout(self.timeout)
                self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                outer.asked.append(self.path)
                answers.get(self.path, status(404))(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass        # a client that goes away, or trusts nobody, is what the test wants

        class Server6(Server):
            address_family = socket.AF_INET6

        self._servers = []
        for address in addresses:
            with host.enter():
                self._servers.append((Server6 if ":" in address else Server)((address, port), Handler))
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()


def status(code, **headers):
    def answer(handler):
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
    return answer


def file(path, of=None):
    """A file; of: as many octets are promised, whatever it has."""
    def answer(handler):
        content = pathlib.Path(path).read_bytes()
        status(200, **{"Content-Length": str(of or len(content))})(handler)
        handler.wfile.write(content)
    return answer


class NameServer:
    """Answers questions for addresses (RFC 1035) with what it knows, and with NXDOMAIN."""
    KINDS = {4: 1, 6: 28}   # A, AAAA (RFC 3596)

    def __init__(self, host, names):
        self._names = {name: ipaddress.ip_address(address) for name, address in names.items()}
        with host.enter():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind((host.ip4, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, asker = self._socket.recvfrom(512)
                self._socket.sendto(self._answer(question), asker)
            except OSError:
                return

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        address = self._names.get(".".join(labels).lower())
        code = 0 if address else 3
        answer = b""
        if address and kind == self.KINDS[address.version]:
            answer = struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(address.packed)) + address.packed
        head = question[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, 1 if answer else 0, 0, 0)
        return head + question[12:at + 5] + answer

    def close(self):
        self._socket.close()
