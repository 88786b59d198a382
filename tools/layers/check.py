#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom: reads the #include lines of the tree and fails on one that crosses a layer.

    controlplane/app          dataplane/app            plugins/<dialect>
         |                         |                        |
    controlplane/*            dataplane/nodes, control      |
         |      \\                  |                        |
         |       `----------> plugins/sdk <-----------------'
         |                    dataplane/core, io
         |                    dataplane/rtp tone srtp codec tdm   (pure: base only)
         `-----------.     .-------'
                 platform/{api ipc config cli ...} -> platform/base

usage: check.py [ROOT]     each finding is one line: file:line: sentence
"""
import pathlib
import posixpath
import re
import sys

PLANES = ("platform", "plugins", "dataplane", "controlplane", "board", "rootfs", "tests", "tools")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# The first row whose folder is a prefix of the file's decides what the file may include of our own tree.
# "@same" is the file's own second-level folder.
MAY_INCLUDE = [
    ("platform/base", ["@same"]),
    ("platform/api", ["@same", "platform/base"]),
    # The engine of the console knows nothing of what is said on it.
    ("platform/console", ["@same", "platform/base", "platform/telemetry", "platform/ipc"]),
    ("platform", ["platform"]),
    ("plugins/sdk", ["@same", "platform/base", "platform/telemetry"]),
    ("plugins", ["@same", "plugins/sdk", "platform/base", "platform/telemetry"]),
    ("dataplane/rtp", ["@same", "platform/base"]),
    ("dataplane/tone", ["@same", "platform/base"]),
    ("dataplane/srtp", ["@same", "platform/base", "dataplane/rtp"]),
    ("dataplane/codec", ["@same", "platform/base"]),
    ("dataplane/tdm", ["@same", "platform/base"]),
    ("dataplane/app", ["dataplane", "platform"]),
    ("dataplane", ["dataplane", "platform", "!dataplane/app"]),
    ("controlplane/app", ["controlplane", "platform", "plugins/sdk"]),
    ("controlplane", ["controlplane", "platform", "plugins/sdk", "!controlplane/app"]),
    ("tests", [""]),
    ("tools", [""]),
]

# Third-party headers stay behind one door each.
DOORS = [
    (r"sofia-sip/.*", ["controlplane/sip"], "sofia-sip"),
    (r"libpri\.h", ["controlplane/isdn/daemon"], "libpri"),
    (r"openssl/.*", ["platform/keys", "platform/appliance", "controlplane/tls"], "OpenSSL"),
    (r"rte_(eal|ethdev|bus.*|cryptodev|crypto.*|security|eth_.*|dev|vdev.*)\.h",
     ["dataplane/io"], "DPDK's devices"),
    (r"rte_.*\.h", ["dataplane"], "DPDK"),
    (r"histedit\.h", ["platform/console"], "libedit"),
    (r"sqlite3\.h", ["controlplane/journal"], "SQLite"),
    (r"microhttpd\.h", ["controlplane/metrics"], "libmicrohttpd"),
]
# Measuring and testing may open every door: a test of a node needs an EAL, one of a journal a database.
FREE = re.compile(r"^(tests|tools)/|(_test|_bench|/test_\w+|/\w+_test_kit)\.[ch]pp$")


def folder_of(path):
    """The second-level folder of a file: platform/base/x.hpp -> platform/base."""
    return "/".join(path.split("/")[:2])


def under(path, folder):
    return folder == "" or path == folder or path.startswith(folder + "/")


def ours(root, source, name, quoted):
    """The path of an include of ours, from the root; None if it is not ours.

    The root is on the include path, so <dataplane/core/flow.hpp> finds what "dataplane/core/flow.hpp" does; quotes
    look beside the file as well.
    """
    if name.endswith(".pb.h"):  # made from platform/api, where "board/v1" is no folder of board/
        return None
    from_root = posixpath.normpath(name)
    if from_root.split("/")[0] in PLANES:
        return from_root
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
    return beside if quoted and (name.startswith(".") or (root / beside).exists()) else None


def check_own(source, target):
    for folder, allowed in MAY_INCLUDE:
        if not under(source, folder):
            continue
        for rule in allowed:
            if rule.startswith("!") and under(target, rule[1:]):
                return f"{folder_of(source)} may not include {target}: nothing includes {rule[1:]}"
        for rule in allowed:
            if not rule.startswith("!") and under(target, folder_of(source) if rule == "@same" else rule):
                return None
        names = ", ".join(folder_of(source) if r == "@same" else r for r in allowed if r[:1] != "!")
        return f"{folder_of(source)} may not include {target}; only {names}"
    return f"{folder_of(source)} holds no code, so it includes nothing"


def check_door(source, name):
    if FREE.search(source):
        return None
    for pattern, folders, what in DOORS:
        if re.fullmatch(pattern, name):
            if any(under(source, folder) for folder in folders):
                return None
            return f"{name}: {what} may be included in {', '.join(folders)} only"
    return None


def check_file(root, source):
    findings = []
    for number, line in enumerate((root / source).read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(2)
        target = ours(root, source, name, match.group(1) == '"')
        sentence = check_own(source, target) if target else check_door(source, name)
        if sentence:
            findings.append(f"{source}:{number}: {sentence}")
    return findings


def check_tree(root):
    findings = []
    for plane in PLANES:
        for path in sorted((root / plane).rglob("*")):
            if path.suffix in (".hpp", ".cpp", ".h", ".c", ".cc") and path.is_file():
                findings += check_file(root, path.relative_to(root).as_posix())
    return findings


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    findings = check_tree(root)
    print("\n".join(findings) if findings else "layers: every include is allowed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
