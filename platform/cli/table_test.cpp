// SPDX-License-Identifier: MIT
#include "platform/cli/table.hpp"

#include <gtest/gtest.h>

#include "platform/cli/units.hpp"

namespace junctor::cli {
namespace {

TEST(Table, AlignsAndEscapes) {
  Table table({{"NAME"}, {"CALLS", Align::Right}, {"NOTE"}});
  table.add({"pbx", "12", "good"});
  table.add({"Z\xc3\xbcrich", "3", ""});
  table.add({"evil\x1b[2J", "100000", std::string(Table::kBlank)});
  EXPECT_EQ(table.text("none"),
            "NAME          CALLS  NOTE\n"
            "pbx              12  good\n"
            "Z\xc3\xbcrich            3  -\n"
            "evil\\x1b[2J  100000\n");
}

TEST(Table, WrapsTheLastColumnBetweenWords) {
  Table table({{"COUNTER"}, {"N", Align::Right}, {"EACH ONE MEANS"}});
  table.add({"a", "1", "short"});
  table.add({"b", "20", "a sentence that is longer than a line"});
  table.add({"c", "3", "Donaudampfschifffahrtsgesellschaft Z\xc3\xbcrich"});
  EXPECT_EQ(table.text("", 30),
            "COUNTER   N  EACH ONE MEANS\n"
            "a         1  short\n"
            "b        20  a sentence that\n"
            "             is longer than a\n"
            "             line\n"
            "c         3  Donaudampfschifff\n"
            "             ahrtsgesellschaft\n"
            "             Z\xc3\xbcrich\n");
  EXPECT_EQ(table.text("", 26).substr(0, 31), "COUNTER   N\n    EACH ONE MEANS\n")
      << "no room for a column beside";
}

TEST(Table, PutsBelowWhatDoesNotFitBeside) {
  Table table({{"TRUNK"}, {"CALLS", Align::Right}, {"PEER"}, {"STATE"}, {"RTT", Align::Right}});
  table.add({"pbx", "5", "192.0.2.1", "up", "1.5"});
  table.add({"carrier", "12", "2001:db8::1", "down", ""});
  EXPECT_EQ(table.text("", 28),
            "TRUNK    CALLS  PEER\n"
            "    STATE  RTT\n"
            "pbx          5  192.0.2.1\n"
            "    up     1.5\n"
            "carrier     12  2001:db8::1\n"
            "    down     -\n");
  EXPECT_EQ(table.text("", 80), table.text("")) << "it fits";
}

TEST(Table, SaysWhenItIsEmpty) { EXPECT_EQ(Table({{"NAME"}}).text("no calls"), "no calls\n"); }

TEST(Shorten, CountsCharactersNotOctets) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdefg", 6), "abc...");
  EXPECT_EQ(shorten("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 4), "\xc3\xbc...");
}

TEST(Units, AreReadable) {
  const struct {
    const char* sentence;
    std::string got;
    const char* text;
  } rows[] = {
      {"seconds", duration_text(7'999), "0:07"},
      {"minutes", duration_text(754'000), "12:34"},
      {"hours", duration_text(3'723'000), "1:02:03"},
      {"days stay hours", duration_text(360'000'000), "100:00:00"},
      {"a time", time_text(1'700'000'000'000), "2023-11-14 22:13:20"},
      {"no time", time_text(0), ""},
      {"a millisecond", milliseconds_text(1'049), "1.0"},
      {"MOS", hundredths_text(441), "4.41"},
      {"loss", percent_text(0.0125), "1.2 %"},
      {"octets", octets_text(999), "999 B"},
      {"thousands", octets_text(1'000), "1.0 kB"},
      {"it does not say 1000.0 kB", octets_text(999'950), "1.0 MB"},
      {"the most", octets_text(UINT64_MAX), "18.4 EB"},
  };
  for (const auto& row : rows) EXPECT_EQ(row.got, row.text) << row.sentence;
}

TEST(Units, Addresses) {
  media::v1::SocketAddress address;
  EXPECT_EQ(address_text(address), "");
  address.set_ip(std::string("\xc0\0\2\1", 4));
  address.set_port(4000);
  EXPECT_EQ(address_text(address), "192.0.2.1:4000");
  address.set_ip(std::string(15, '\0') + "\1");
  EXPECT_EQ(address_text(address), "[::1]:4000");
  EXPECT_EQ(ip_text("abc"), "") << "three octets are no address";
}

}  // namespace
}  // namespace junctor::cli
