#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The layers check finds what it should, and nothing else: one row a sentence."""
import pathlib
import tempfile
import unittest

import check

ROWS = [
    ("base stands alone", "platform/base/a.cpp", '#include "platform/ipc/loop.hpp"', False),
    ("everybody uses base", "dataplane/rtp/a.cpp", '#include "platform/base/bytes.hpp"', True),
    ("pure folders use base only", "dataplane/rtp/a.cpp", '#include "platform/ipc/loop.hpp"', False),
    ("control does not see the dataplane", "controlplane/sip/a.cpp", '#include "dataplane/rtp/header.hpp"', False),
    ("the dataplane does not see control", "dataplane/core/a.cpp", '#include "controlplane/sip/a.hpp"', False),
    ("the dataplane does not see plugins", "dataplane/core/a.cpp", '#include "plugins/sdk/plugin.hpp"', False),
    ("control sees the plugin interface", "controlplane/b2bua/a.cpp", '#include "plugins/sdk/plugin.hpp"', True),
    ("control sees no plugin", "controlplane/b2bua/a.cpp", '#include "plugins/generic/generic.hpp"', False),
    ("a plugin sees no other plugin", "plugins/one/a.cpp", '#include "plugins/two/two.hpp"', False),
    ("a plugin sees the sdk", "plugins/one/a.cpp", '#include "plugins/sdk/plugin.hpp"', True),
    ("a plugin does not see ipc", "plugins/one/a.cpp", '#include "platform/ipc/loop.hpp"', False),
    ("nothing includes a main", "controlplane/b2bua/a.cpp", '#include "controlplane/app/options.hpp"', False),
    ("nothing includes tests", "platform/ipc/a.cpp", '#include "tests/mock/x.hpp"', False),
    ("tests include everything", "tests/fuzz/a.cpp", '#include "controlplane/sdp/parser.hpp"', True),
    ("sofia has one door", "controlplane/b2bua/a.cpp", "#include <sofia-sip/nta.h>", False),
    ("and it is sip", "controlplane/sip/a.cpp", "#include <sofia-sip/nta.h>", True),
    ("ports stay in io", "dataplane/nodes/a.cpp", "#include <rte_ethdev.h>", False),
    ("a unit test may start the EAL", "dataplane/nodes/a_test.cpp", "#include <rte_eal.h>", True),
    ("but still not see the other plane", "dataplane/nodes/a_test.cpp", '#include "plugins/sdk/sdp.hpp"', False),
    ("packets do not", "dataplane/nodes/a.cpp", "#include <rte_mbuf.h>", True),
    ("a spaced include counts too", "dataplane/nodes/a.cpp", "  #  include <rte_ethdev.h>", False),
    ("board is data", "board/x/a.hpp", '#include "platform/base/bytes.hpp"', False),
    ("its schema is not", "platform/board/a.cpp", '#include "board/v1/board.pb.h"', True),
    ("angle brackets cross no layer", "controlplane/sdp/a.cpp", "#include <dataplane/core/flow.hpp>", False),
    ("nor from below", "platform/base/a.cpp", "#include <controlplane/sip/a.hpp>", False),
    ("nor into another plugin", "plugins/one/a.cpp", "#include <plugins/two/two.hpp>", False),
    ("nor out of one", "plugins/one/a.cpp", "#include <controlplane/sip/a.hpp>", False),
    ("they may name what quotes may", "dataplane/rtp/a.cpp", "#include <platform/base/bytes.hpp>", True),
    ("a way round by .. leads to the same place", "controlplane/sdp/a.cpp",
     '#include "controlplane/../dataplane/core/flow.hpp"', False),
    ("also from beside the file", "controlplane/sdp/a.cpp", '#include "../sdp/a.cpp"', True),
    ("and not out of the layer", "platform/base/a.cpp", '#include "../../platform/base/../ipc/loop.hpp"', False),
    ("the console knows no schema", "platform/console/a.cpp", '#include "platform/config/config.hpp"', False),
    ("it edits lines", "platform/console/a.cpp", "#include <histedit.h>", True),
    ("nobody else does", "platform/cli/a.cpp", "#include <histedit.h>", False),
    ("the standard library is free", "platform/base/a.cpp", "#include <vector>", True),
]


class Layers(unittest.TestCase):
    def test_rows(self):
        for sentence, name, line, allowed in ROWS:
            with self.subTest(sentence), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True)
                path.write_text(line + "\n")
                self.assertEqual(check.check_tree(pathlib.Path(folder)) == [], allowed)


if __name__ == "__main__":
    unittest.main()
