// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/uri.hpp"

#include <gtest/gtest.h>

namespace junctor::cp {
namespace {

TEST(Uri, IsTakenApart) {
  struct Row {
    const char* sentence;
    const char* text;
    const char* expected;  // scheme|user|host|port|parameters, "" for no URI
  };
  const Row rows[] = {
      {"a number at an address", "sip:100@192.0.2.1:5080", "sip|100|192.0.2.1|5080|"},
      {"no user", "SIP:192.0.2.1", "sip||192.0.2.1|0|"},
      {"IPv6 with port and parameters", "sip:a@[2001:db8::1]:5070;transport=tcp;lr",
       "sip|a|[2001:db8::1]|5070|;transport=tcp;lr"},
      {"a user with parameters and a question mark", "sip:+49;ext=7?x@h.example;user=phone",
       "sip|+49;ext=7?x|h.example|0|;user=phone"},
      {"a password is dropped", "sip:a:secret@h", "sip|a|h|0|"},
      {"headers are dropped", "sip:a@h;x=1?Replaces=1", "sip|a|h|0|;x=1"},
      {"a telephone URI", "tel:+4930123;phone-context=x", "tel|+4930123;phone-context=x||0|"},
      {"a port that is none", "sip:a@h:70000", ""},
      {"a bracket that stays open", "sip:a@[2001:db8::1", ""},
      {"a blank inside", "sip:a b@h", ""},
      {"an angle bracket inside", "sip:a@h>", ""},
      {"no scheme", "a@h", ""},
      {"another scheme", "http://h/", ""},
      {"nothing", "", ""},
  };
  for (const Row& row : rows) {
    const auto uri = Uri::parse(row.text);
    const std::string found = uri ? uri->scheme + "|" + uri->user + "|" + uri->host + "|" +
                                        std::to_string(uri->port) + "|" + uri->parameters
                                  : "";
    EXPECT_EQ(found, row.expected) << row.sentence;
  }
  EXPECT_EQ(Uri::parse("sip:+49;ext=7@h")->number(), "+49");
}

TEST(NameAddr, IsTakenApart) {
  struct Row {
    const char* sentence;
    const char* text;
    const char* expected;  // display|uri|tag
  };
  const Row rows[] = {
      {"quoted name", "\"A, <B>\" <sip:a@h;x=1>;tag=t1", "\"A, <B>\"|sip:a@h;x=1|t1"},
      {"token name", "Alice Liddell <sip:a@h>", "Alice Liddell|sip:a@h|"},
      {"no brackets: the parameters are the header's", "sip:a@h;tag=t2", "|sip:a@h|t2"},
      {"parameter names without regard to case", "<sip:a@h>;x=y ; TAG = t3", "|sip:a@h|t3"},
      {"escaped quote in the name", "\"a\\\"b <\" <sip:c@h>", "\"a\\\"b <\"|sip:c@h|"},
      {"a bracket that stays open", "<sip:a@h", ""},
      {"empty brackets", "<>", ""},
  };
  for (const Row& row : rows) {
    const auto address = NameAddr::parse(row.text);
    const std::string found =
        address ? address->display + "|" + address->uri + "|" + std::string(address->tag()) : "";
    EXPECT_EQ(found, row.expected) << row.sentence;
  }
}

TEST(SplitList, SeparatesAtBareCommas) {
  const auto items = split_list("<sip:a@h;lr>, \"x, y\" <sip:b,c@h> ,, <sip:d@h>");
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0], "<sip:a@h;lr>");
  EXPECT_EQ(items[1], "\"x, y\" <sip:b,c@h>");
  EXPECT_EQ(items[2], "<sip:d@h>");
  EXPECT_TRUE(split_list("").empty());
  EXPECT_EQ(split_list("\"open, quote").size(), 1u);
}

TEST(HopOf, FollowsNumbersOnly) {
  const Hop like{"lan", Transport::Udp, *SocketAddress::parse("192.0.2.9:5060")};
  const auto hop = [&](const char* text) { return hop_of(*Uri::parse(text), like); };
  EXPECT_EQ(hop("sip:a@192.0.2.1:5080")->peer.text(), "192.0.2.1:5080");
  EXPECT_EQ(hop("sip:a@192.0.2.1")->peer.port, 5060);
  EXPECT_EQ(hop("sip:a@192.0.2.1;transport=TCP")->transport, Transport::Tcp);
  EXPECT_EQ(hop("sip:a@h;maddr=192.0.2.3")->peer.text(), "192.0.2.3:5060");
  EXPECT_FALSE(hop("sip:a@pbx.example")) << "a name is not resolved";
  EXPECT_FALSE(hop("sip:a@0.0.0.0")) << "nobody's address";
  EXPECT_FALSE(hop("sip:a@224.0.0.1")) << "everybody's address";
  EXPECT_FALSE(hop("sip:a@[2001:db8::1]")) << "not of the listener's family";
}

}  // namespace
}  // namespace junctor::cp
