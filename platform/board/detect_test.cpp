// SPDX-License-Identifier: MIT
#include "platform/board/detect.hpp"

#include <gtest/gtest.h>

#include "platform/board/fake_host.hpp"
#include "platform/config/load_message.hpp"

namespace junctor::board {
namespace {

std::vector<v1::Board> some_boards() {
  const char* const texts[] = {
      R"({"name": "any"})",
      R"({"name": "acme", "match": [{"sys_vendor": "Acme( Inc\\.)?"}]})",
      R"({"name": "acme_5", "match": [{"sys_vendor": "Acme", "product_name": "Box 5"},
                                      {"sys_vendor": "Acme", "product_name": "Box 55"}]})",
      R"({"name": "acme_all", "match": [{"sys_vendor": "Acme", "product_name": "Box.*"}]})",
  };
  std::vector<v1::Board> boards;
  for (const char* text : texts) {
    v1::Board board;
    (void)config::parse_message(text, "", board).ok();  // required fields are not of interest here
    boards.push_back(board);
  }
  return boards;
}

TEST(Detect, TakesTheBoardThatFitsBest) {
  struct Row {
    const char* sentence;
    const char* vendor;
    const char* product;
    const char* kernel;
    const char* board;
    const char* note;
  };
  const Row rows[] = {
      {"nothing fits but what fits all", "Other", "Box 5", "", "any", ""},
      {"the vendor alone", "Acme Inc.", "Box 5", "quiet", "acme", ""},
      {"vendor and product", "Acme", "Box 7", "", "acme_all", ""},
      {"of equals the first by name", "Acme", "Box 5", "", "acme_5", ""},
      {"the longer pattern", "Acme", "Box 55", "", "acme_5", ""},
      {"a pattern is of the whole text", "The Acme", "Box 5", "", "any", ""},
      {"the kernel's command line wins", "Acme", "Box 5", "ro junctor.board=any quiet", "any", ""},
      {"its last word wins", "", "", "junctor.board=any junctor.board=acme", "acme", ""},
      {"unless there is no such board", "Acme", "x", "junctor.board=acne", "acme",
       "the kernel's command line names the board acne, which there is not"},
      {"a word that only begins so is another", "", "", "junctor.boards=acme", "any", ""},
  };
  const auto boards = some_boards();
  for (const Row& row : rows) {
    FakeHost host;
    host.file("/sys/class/dmi/id/sys_vendor", std::string(row.vendor) + "\n");
    host.file("/sys/class/dmi/id/product_name", std::string(row.product) + "\n");
    host.file("/proc/cmdline", std::string(row.kernel) + "\n");
    const Detected detected = detect(host, boards);
    ASSERT_NE(detected.board, nullptr) << row.sentence;
    EXPECT_EQ(detected.board->name(), row.board) << row.sentence;
    EXPECT_EQ(detected.note, row.note) << row.sentence;
  }
}

TEST(Candidates, TheMostSpecificFirst) {
  std::string order;
  const auto boards = some_boards();
  for (const Candidate& one : candidates(boards))
    order +=
        one.board->name() + (one.match == nullptr ? "" : " " + one.match->product_name()) + "; ";
  EXPECT_EQ(order, "acme_5 Box 55; acme_5 Box 5; acme_all Box.*; acme ; any; ");
}

TEST(Detect, WithoutDmiOrBoards) {
  FakeHost host;
  EXPECT_EQ(detect(host, some_boards()).board->name(), "any");
  EXPECT_EQ(detect(host, {}).board, nullptr);
}

}  // namespace
}  // namespace junctor::board
