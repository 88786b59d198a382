// SPDX-License-Identifier: MIT
#include "platform/board/board_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/ipc/temp_dir.hpp"

namespace junctor::board {
namespace {

class BoardFileTest : public testing::Test {
 protected:
  std::string folder(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(dir_ / name);
    std::ofstream(dir_ / (name + "/board.json")) << text;
    return dir_ / name;
  }
  // A board with these lines more.
  static std::string text(const std::string& more,
                          const std::string& ports = R"([{"any": true}])") {
    return R"({"name": "box", "description": "a box", "class": "x86_64", "drivers": ["net_igc"],)"
           "\n"
           R"("console": {"device": "ttyS0"}, "ports": )" +
           ports + (more.empty() ? "" : ",\n") + more + "}\n";
  }
  // The mistakes without the folder of the test.
  std::string mistakes(const std::string& board) {
    const auto loaded = load_board(folder("box", board));
    return loaded ? "" : without_folder(loaded.error().text());
  }
  std::string without_folder(std::string text) const {
    for (std::size_t at; (at = text.find(dir_ / "")) != std::string::npos;)
      text.erase(at, (dir_ / "").size());
    return text;
  }

  ipc::TempDir dir_;
};

TEST_F(BoardFileTest, TellsEachMistakeWithItsLine) {
  struct Row {
    const char* sentence;
    std::string board;
    const char* mistakes;
  };
  const Row rows[] = {
      {"a good one", text(""), ""},
      {"comments", text("// one\n\"leds\": []"), ""},
      {"no console",
       R"({"name": "box", "description": "a", "class": "x86_64", "drivers": ["net_igc"],
          "ports": [{"any": true}]})",
       "box/board.json: console: is required"},
      {"an unknown key", text(R"("cpus": 4)"), "box/board.json:3: cpus: unknown key"},
      {"what the schema says of a value",
       text(R"("leds": [{"name": "Up", "device": "a", "shows": "POWER"}])"),
       "box/board.json:3: leds[0].name: \"Up\" does not fit the pattern [a-z][a-z0-9-]{0,15}"},
      {"another class",
       R"({"name": "box", "description": "a", "class": "arm64", "drivers": ["net_igc"],
       "console": {"device": "ttyS0"}, "ports": [{"any": true}]})",
       "box/board.json:1: class: \"arm64\" does not fit the pattern x86_64"},
      {"the name of another folder", R"({"name": "bax", "description": "a", "class": "x86_64",
       "drivers": ["net_igc"], "console": {"device": "ttyS0"}, "ports": [{"any": true}]})",
       "box/board.json:1: name: \"bax\" is not the name of its folder, box"},
      {"a port in two places",
       text("", R"([{"name": "a", "address": "0000:01:00.0", "any": true}])"),
       "box/board.json:2: ports[0]: needs one of address, slot and any\n"
       "box/board.json:2: ports[0].name: the ports of any are port1, port2, ..."},
      {"a port nowhere", text("", R"([{"name": "a"}])"),
       "box/board.json:2: ports[0]: needs one of address, slot and any"},
      {"a port without a name", text("", R"([{"address": "0000:01:00.0"}])"),
       "box/board.json:2: ports[0].name: is required"},
      {"two ports of one name",
       text("", R"([{"name": "a", "slot": "1"}, {"name": "a", "slot": "2"}])"),
       "box/board.json:2: ports[1].name: a is the name of ports[0] already (line 2)"},
      {"two ports in one place",
       text("", R"([{"name": "a", "slot": "1"}, {"name": "b", "slot": "1"}])"),
       "box/board.json:2: ports[1]: slot 1 function 0 is ports[0] already"},
      {"a core that does both", text(R"("cores": {"system": [0, 1], "workers": [1, 2]})"),
       "box/board.json:3: cores.workers[0]: is a core of the system, too"},
      {"system cores alone", text(R"("cores": {"system": [0]})"),
       "box/board.json:3: cores.workers: is required where the cores of the system are named"},
      {"a size and a share", text(R"("huge_pages": {"mb": 512, "percent": 10})"),
       "box/board.json:3: huge_pages.mb: leaves no share of the memory to be chosen"},
      {"a module twice", text(R"("modules": ["iTCO_wdt"], "watchdog": {"modules": ["iTCO_wdt"]})"),
       "box/board.json:3: watchdog.modules[0]: is in modules as well, where it is loaded whether "
       "it "
       "is needed or not"},
      {"no network driver", R"({"name": "box", "description": "a", "class": "x86_64",
       "drivers": ["bus_auxiliary"], "console": {"device": "ttyS0"}, "ports": [{"any": true}]})",
       "box/board.json:2: drivers: has no driver of a network card (net_...)"},
      {"no such speed",
       R"({"name": "box", "description": "a", "class": "x86_64", "drivers": ["net_igc"],
          "console": {"device": "ttyS0", "speed": 115201}, "ports": [{"any": true}]})",
       "box/board.json:2: console.speed: is no speed of serial lines"},
      {"a card that is two things", text(R"("telephony": [{"name": "e1", "kind": "E1"}])"),
       "box/board.json:3: telephony[0]: needs one of id and address"},
      {"what GRUB reads otherwise", text(R"("match": [{"product_name": "Box \\d"}])"),
       "box/board.json:3: match[0].product_name: GRUB reads \"Box \\\\d\" otherwise; both know "
       "text "
       "without ', . ( ) | * + ? {n,m}, \\ before one of these, [ ] with letters, digits and blank "
       "_ . , / - inside"},
      {"arguments of the kernel", text(R"("kernel_arguments": ["pci=nocrs,x", "nosmt", "a.b"])"),
       ""},
      {"an argument that is two", text(R"("kernel_arguments": ["nosmt init=/bin/sh"])"),
       "box/board.json:3: kernel_arguments[0]: \"nosmt init=/bin/sh\" does not fit the pattern "
       "[a-z][A-Za-z0-9_.-]{0,47}(=[A-Za-z0-9_.,:/@+-]{1,128})?"},
      {"arguments that are the image's", text(R"("kernel_arguments": ["ro", "junctor.slot=B"])"),
       "box/board.json:3: kernel_arguments[0]: \"ro\" is the image's to say\n"
       "box/board.json:3: kernel_arguments[1]: \"junctor.slot=B\" is the image's to say"},
      {"an empty match", text(R"("match": [{}])"),
       "box/board.json:3: match[0]: names nothing; leave match out for every machine"},
      {"no object", "[]", "box/board.json:1: an object is expected, a list is there"},
  };
  for (const Row& row : rows) EXPECT_EQ(mistakes(row.board), row.mistakes) << row.sentence;
}

TEST_F(BoardFileTest, SaysWhereThereIsNone) {
  EXPECT_EQ(without_folder(load_board(dir_ / "none").error().text()),
            "none/board.json: No such file or directory");
}

TEST_F(BoardFileTest, TellsOfBoardsTogether) {
  const auto board = [](const std::string& name, const std::string& match) {
    return R"({"name": ")" + name + R"(", "description": "a", "class": "x86_64", "match": [)" +
           match +
           R"(], "drivers": ["net_igc"], "console": {"device": "ttyS0"}, "ports": [{"any": true}]})";
  };
  const std::string acme = R"({"sys_vendor": "Acme"})";
  const std::string a = folder("a", board("a", ""));
  const std::string b = folder("b", board("b", ""));
  const std::string c = folder("c", board("c", acme + "," + acme));
  const std::string d = folder("d", board("d", acme));
  EXPECT_EQ(load_boards({a, c}).value().size(), 2u);
  EXPECT_EQ(without_folder(load_boards({a, b, c, d, a}).error().text()),
            "b: match: every machine are those of a\n"
            "d: match: machines of \"Acme\" \"\" are those of c\n"
            "a: name: is the name of a already");
  EXPECT_EQ(without_folder(load_boards({a, dir_ / "x", dir_ / "y"}).error().text()),
            "x/board.json: No such file or directory\ny/board.json: No such file or directory");
}

}  // namespace
}  // namespace junctor::board
