# SPDX-License-Identifier: MIT
"""Bundles that an appliance has to refuse, made from a good one.

A bundle of RAUC's format "verity": the payload and its hash tree, a signed message (CMS) whose content is the manifest,
and the length of that message in 8 octets, big-endian.

    Signer(folder)              a root and a signer of our own; Signer.development(): that of tools/image
    forge(good, out, ...)       the good one with another signer, manifest or payload, or no signer at all
    plain(good, out)            its payload alone: a squashfs, with nothing behind it
    keys_file(out, pem, signer) more keys to trust, signed
"""
import pathlib
import struct
import subprocess

from .process import check

DEVELOPMENT = pathlib.Path("/var/cache/junctor-image/keys")
EXTENSIONS = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage={}\n"


def openssl(*words, data=None):
    done = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True)
    check(done.returncode == 0, f"openssl {words[0]}: {done.stderr.decode()}")
    return done.stdout


class Signer:
    """certificate and key, and the root (keyring, root_key) that they hang on."""

    def __init__(self, folder, root=None, usage="codeSigning", valid=("20200101000000Z", "20991231000000Z")):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.certificate, self.key = self.folder / "signer.pem", self.folder / "signer.key"
        self.keyring, self.root_key = (root.keyring, root.root_key) if root else self._make_root()
        request, extensions, ca = (self.folder / name for name in ("signer.csr", "extensions", "ca.cnf"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out",
                request, "-subj", f"/O=Junctor test/CN={self.folder.name}")
        extensions.write_text(EXTENSIONS.format(usage))
        (self.folder / "index").touch()
        # `openssl ca` alone takes dates that are over.
        ca.write_text(f"[ca]\ndefault_ca=own\n[own]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\n"
                      f"rand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\nO=optional\nCN=supplied\n")
        openssl("ca", "-config", ca, "-batch", "-notext", "-cert", self.keyring, "-keyfile", self.root_key, "-in", request,
                "-out", self.certificate, "-extfile", extensions, "-startdate", valid[0], "-enddate", valid[1])

    def _make_root(self):
        keyring, key = self.folder / "keyring.pem", self.folder / "root.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                keyring, "-days", "7300", "-subj", f"/O=Junctor test/CN={self.folder.name} root",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        return keyring, key

    def revoked_list(self, *lost):
        """A list (CRL) of the root, with these signers in it."""
        out = self.folder / "revoked.crl"
        root = ["-config", self.folder / "ca.cnf", "-cert", self.keyring, "-keyfile", self.root_key]
        for signer in lost:
            openssl("ca", *root, "-revoke", signer.certificate)
        openssl("ca", *root, "-gencrl", "-crldays", "30", "-out", out)
        return out

    @classmethod
    def development(cls):
        self = cls.__new__(cls)
        self.certificate, self.key = DEVELOPMENT / "signer.pem", DEVELOPMENT / "signer.key"
        self.keyring, self.root_key = DEVELOPMENT / "keyring.pem", DEVELOPMENT / "root.key"
        return self


def keys_file(out, certificates, signer):
    """A file for `request system keyring add`: certificates in PEM, signed."""
    openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-signer", signer.certificate, "-inkey", signer.key,
            "-in", certificates, "-out", out)
    return pathlib.Path(out)


def der(tag, *content):
    """One value of a message, with its length in as few octets as it takes."""
    content = b"".join(content)
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    head = bytes([tag, size]) if size < 128 else bytes([tag, 0x80 | len(length)]) + length
    return head + content


def nobody_signs(content):
    """A signed message (RFC 5652, section 5.1) in which all is as it should be, but nobody has signed it. No tool makes
    one."""
    data, signed_data = (der(6, bytes.fromhex(f"2a864886f70d0107{kind}")) for kind in ("01", "02"))
    version, nothing = der(2, b"\x01"), der(0x31)
    body = der(0x30, version, nothing, der(0x30, data, der(0xa0, der(4, content))), nothing)
    return der(0x30, signed_data, der(0xa0, body))


def parts(bundle):
    """Payload with its hash tree, signed message."""
    content = pathlib.Path(bundle).read_bytes()
    size = struct.unpack(">Q", content[-8:])[0]
    return content[:-8 - size], content[-8 - size:-8]


def plain(good, out):
    body, _ = parts(good)
    size = struct.unpack_from("<Q", body, 40)[0]    # bytes_used of the superblock
    out = pathlib.Path(out)
    out.write_bytes(body[:(size + 4095) // 4096 * 4096])
    return out


def forge(good, out, signer=None, manifest=None, payload=None, cut=0, signed=True):
    """signer: signs anew. manifest: changes its text. payload: changes its octets. cut: this many octets at the end are
    missing. signed: else the message is whole, and has no signer."""
    body, message = parts(good)
    text = openssl("cms", "-verify", "-noverify", "-inform", "DER", "-binary", data=message)
    if not signed:
        message = nobody_signs(text)
    elif signer or manifest:
        signer = signer or Signer.development()
        if manifest:
            text = manifest(text.decode()).encode()
        message = openssl("cms", "-sign", "-signer", signer.certificate, "-inkey", signer.key, "-nodetach", "-binary",
                          "-outform", "DER", data=text)
    if payload:
        body = payload(body)
    content = body + message + struct.pack(">Q", len(message))
    out = pathlib.Path(out)
    out.write_bytes(content[:len(content) - cut])
    return out
