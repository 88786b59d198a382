// SPDX-License-Identifier: MIT
#include "platform/console/once.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "platform/console/test_language.hpp"

namespace junctor::console {
namespace {

// A file in memory to write to, and to read from the beginning.
class Paper {
 public:
  explicit Paper(const std::string& text = "") : fd_(memfd_create("paper", 0)) {
    EXPECT_EQ(write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    lseek(fd_, 0, SEEK_SET);
  }
  ~Paper() { close(fd_); }
  Paper(const Paper&) = delete;
  Paper& operator=(const Paper&) = delete;
  int fd() const { return fd_; }
  std::string text() const {
    std::array<char, 8192> octets{};
    const ssize_t got = pread(fd_, octets.data(), octets.size(), 0);
    return {octets.data(), static_cast<std::size_t>(got)};
  }

 private:
  int fd_;
};

TEST(Once, RunsArguments) {
  const struct {
    const char* sentence;
    std::vector<std::string_view> arguments;
    int status;
    const char* out;
    const char* errors;
  } rows[] = {
      {"a command", {"show", "calls"}, kDone, "ran show calls\n", ""},
      {"cut short", {"sho", "call"}, kDone, "ran show calls\n", ""},
      {"with a pipe", {"show", "long", "|", "count"}, kDone, "Count: 100 lines\n", ""},
      {"with a pattern",
       {"show", "long", "|", "include", "\\b9\\d$"},
       kDone,
       "line 90\nline 91\nline 92\nline 93\nline 94\nline 95\nline 96\nline 97\nline 98\nline 99\n",
       ""},
      {"json", {"show", "calls", "|", "json"}, kDone, "{\"ran\": \"show calls\"}\n", ""},
      {"an argument of two words",
       {"show", "trunk", "two words"},
       kDone,
       "ran show trunk two words\n",
       ""},
      {"nothing", {}, kDone, "", ""},
      {"what cannot be done", {"fail"}, kFailed, "", "% it did not work\n"},
      {"what is no command", {"show", "cows"}, kUsage, "", "% unknown word: cows\n"},
      {"what the language refuses",
       {"set", "port", "0"},
       kUsage,
       "",
       "% 0 is outside 1..65535: 0\n"},
      {"what is not all", {"show"}, kUsage, "", "% incomplete\n"},
      {"nobody to ask", {"ask"}, kDone, "no answer\n", ""},
  };
  for (const auto& row : rows) {
    Toy toy;
    const Paper out;
    const Paper errors;
    EXPECT_EQ(run_once(toy, line_of(row.arguments), out.fd(), errors.fd()), row.status)
        << row.sentence;
    EXPECT_EQ(out.text(), row.out) << row.sentence;
    EXPECT_EQ(errors.text(), row.errors) << row.sentence;
  }
}

TEST(Once, RunsLinesOfAFile) {
  const struct {
    const char* sentence;
    const char* lines;
    int status;
    const char* out;
    const char* errors;
  } rows[] = {
      {"each", "show calls\nshow config\n", kDone, "ran show calls\nran show config\n", ""},
      {"the last without its end", "show calls\r\nshow config", kDone,
       "ran show calls\nran show config\n", ""},
      {"no comments, nothing empty", "# a\n\n  ! b\nshow calls\n", kDone, "ran show calls\n", ""},
      {"none after a wrong one", "show cows\nshow calls\n", kUsage, "",
       "line 1: % unknown word: cows\n"},
      {"nor after one that fails", "show calls\nfail\nshow calls\n", kFailed, "ran show calls\n",
       "line 2: % it did not work\n"},
      {"the last one may fail without its end", "show calls\nfail", kFailed, "ran show calls\n",
       "line 2: % it did not work\n"},
      {"until one leaves", "exit\nshow calls\n", kDone, "", ""},
  };
  for (const auto& row : rows) {
    Toy toy;
    const Paper in(row.lines);
    const Paper out;
    const Paper errors;
    EXPECT_EQ(run_lines(toy, in.fd(), out.fd(), errors.fd()), row.status) << row.sentence;
    EXPECT_EQ(out.text(), row.out) << row.sentence;
    EXPECT_EQ(errors.text(), row.errors) << row.sentence;
  }
}

TEST(Once, MakesForeignTextSafe) {
  class Foreign : public Toy {
   public:
    Outcome run(const Command&, Sink& out) override {
      out.write("a\x1b[2Jb\nhalf");
      return Outcome::failed("c\x1b[1md");
    }
  } foreign;
  const Paper out;
  const Paper errors;
  EXPECT_EQ(run_once(foreign, "show calls", out.fd(), errors.fd()), kFailed);
  EXPECT_EQ(out.text(), "a\\x1b[2Jb\nhalf\n");
  EXPECT_EQ(errors.text(), "% c\\x1b[1md\n");
}

}  // namespace
}  // namespace junctor::console
