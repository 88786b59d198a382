# SPDX-License-Identifier: MIT
"""Releases that are signed by a key in a token (PKCS#11): SoftHSM takes the place of one of metal."""
import os
import re
import subprocess

from harness.appliance import LABELS, ROOT
from harness.bundle import EXTENSIONS, Signer, openssl
from harness.process import check
from harness.registry import case

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "471147"
WRONG = "000000"
URL = "pkcs11:token=release;object=signer"


class Token:
    """A token in the test's folder, with a key that was made in it and never leaves it."""

    def __init__(self, folder):
        self.folder = folder / "token"
        (self.folder / "tokens").mkdir(parents=True)
        settings = self.folder / "softhsm2.conf"
        settings.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\n")
        self.env = {**os.environ, "SOFTHSM2_CONF": str(settings), "RAUC_PKCS11_MODULE": MODULE,
                    "PKCS11_MODULE_PATH": MODULE}
        self.env.pop("RAUC_PKCS11_PIN", None)
        self.run("softhsm2-util", "--init-token", "--free", "--label", "release", "--so-pin", "12345678", "--pin", PIN)
        made = self.run("pkcs11-tool", "--module", MODULE, "--token-label", "release", "--login", "--pin", PIN, "--sensitive",
                        "--keypairgen", "--key-type", "EC:prime256v1", "--label", "signer", "--id", "01")
        check("never extractable" in made, f"the key can be taken out: {made}")

    def run(self, *words):
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"{words[0]}: {done.stderr}")
        return done.stdout

    def certificate(self, root, out):
        """Of the key of the token, by a root whose key is a file."""
        request, extensions = self.folder / "signer.csr", self.folder / "extensions"
        extensions.write_text(EXTENSIONS.format("codeSigning"))
        self.run("openssl", "req", "-new", "-engine", "pkcs11", "-keyform", "engine", "-key", f"{URL};pin-value={PIN}",
                 "-subj", "/O=Junctor test/CN=signer in a token", "-out", str(request))
        openssl("x509", "-req", "-in", request, "-CA", root.keyring, "-CAkey", root.root_key, "-days", "300", "-extfile",
                extensions, "-out", out)


def bad_ways(pin):
    """What is wrong, the key's URL, the environment, and what has to be said."""
    right = {"RAUC_PKCS11_PIN": PIN}
    return [
        ("a wrong PIN", URL, {"RAUC_PKCS11_PIN": WRONG}, "PIN incorrect"),
        ("a wrong PIN in a file", f"{URL}?pin-source=file:{pin}", {}, "PIN incorrect"),
        ("a wrong PIN in the URL", f"{URL}?pin-value={WRONG}", {}, "pin-value=[.]{3}.*PIN incorrect"),
        ("no PIN", URL, {}, "no PIN for pkcs11:token=release"),
        ("no token", URL.replace("release", "none"), right, "token=none.*not found"),
        ("no key", URL.replace("signer", "none"), right, "object=none.*not found"),
        ("no module", URL, {**right, "RAUC_PKCS11_MODULE": "/none.so"}, "there is no module /none.so"),
        ("another certificate", URL, right, "key values mismatch"),
    ]


def info(folder, bundle, keyring):
    settings = folder / "rauc.conf"
    settings.write_text(f"[system]\ncompatible=junctor-x86_64\nbootloader=noop\n"
                        f"[keyring]\npath={keyring}\ncheck-purpose=codesign\n")
    done = subprocess.run(["rauc", "-c", settings, "info", bundle], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@case("e2e.image.pkcs11", timeout_s=900, cores=2, labels=LABELS)
def pkcs11(t):
    """tools/image signs with the key of a token; without the PIN, the token or the right key it says so at once, and
    makes nothing."""
    folder = t.lab.folder
    token, root = Token(folder), Signer(folder / "root")
    keys, out, pin = folder / "keys", folder / "out", folder / "pin"
    keys.mkdir()
    (keys / "keyring.pem").write_text(root.keyring.read_text())
    token.certificate(root, folder / "signer.pem")

    def image(url, certificate=folder / "signer.pem", **env):
        (keys / "key.url").write_text(url + "\n")
        (keys / "signer.pem").write_text(certificate.read_text())
        done = subprocess.run([ROOT / "tools/image", "--quick", "--programs", t.build, "--keys", keys, "--out", out,
                               "--version", "0.7.0"], env={**token.env, **env}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    pin.write_text(WRONG)
    for what, url, env, reason in bad_ways(pin):
        certificate = root.certificate if what == "another certificate" else folder / "signer.pem"
        status, said, complaint = image(url, certificate, **env)
        print(f"  {what}: {complaint.strip().splitlines()}")
        check(status == 1 and re.search(reason, complaint), f"{what} should be refused: {status} {said} {complaint}")
        check(WRONG not in complaint and PIN not in complaint, f"{what}: a PIN is shown: {complaint}")
        check("packages" not in said, f"{what} is found too late: {said}")
        made = [path for path in out.rglob("*") if path.suffix == ".raucb" or path.parent == out and path.is_file()]
        check(not made, f"{what} leaves {made}")

    pin.write_text(PIN)
    status, said, complaint = image(f"{URL}?pin-source=file:{pin}")
    check(status == 0, f"tools/image failed: {said} {complaint}")
    bundle = out / "junctor-0.7.0-x86_64.raucb"
    other = Signer(folder / "other")
    status, about = info(folder, bundle, root.keyring)
    check(status == 0 and "signer in a token" in about and "0.7.0" in about, f"it does not verify: {about}")
    status, about = info(folder, bundle, other.keyring)
    check(status != 0, f"it verifies by another root as well: {about}")
