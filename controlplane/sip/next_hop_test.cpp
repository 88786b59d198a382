// SPDX-License-Identifier: MIT
#include "controlplane/sip/next_hop.hpp"

#include <gtest/gtest.h>

#include "controlplane/sip/messages.hpp"

namespace junctor::cp {
namespace {

const Hop kFallback{"lan", Transport::Tcp, *SocketAddress::parse("192.0.2.9:5080")};

struct HopRow {
  const char* sentence;
  std::vector<std::string> routes;
  const char* target;
  const char* wants;
};

TEST(NextHop, IsTheFirstRouteElseTheTarget) {
  const HopRow rows[] = {
      {"the remote target", {}, "<sip:a@192.0.2.1:5070>", "sip:192.0.2.1:5070;transport=tcp"},
      {"5060 without a port", {}, "sip:a@192.0.2.1", "sip:192.0.2.1:5060;transport=tcp"},
      {"its transport, if it names one",
       {},
       "<sip:a@192.0.2.1;transport=UDP>",
       "sip:192.0.2.1:5060;transport=udp"},
      {"maddr before the host",
       {},
       "<sip:a@name;maddr=192.0.2.3>",
       "sip:192.0.2.3:5060;transport=tcp"},
      {"a name is never resolved",
       {},
       "<sip:a@pbx.example.com>",
       "sip:192.0.2.9:5080;transport=tcp"},
      {"another family is out of reach",
       {},
       "<sip:a@[2001:db8::1]>",
       "sip:192.0.2.9:5080;transport=tcp"},
      {"nowhere is no destination", {}, "<sip:a@0.0.0.0>", "sip:192.0.2.9:5080;transport=tcp"},
      {"the first route",
       {"<sip:192.0.2.4;lr>", "<sip:192.0.2.5;lr>"},
       "<sip:a@192.0.2.1>",
       "sip:192.0.2.4:5060;transport=tcp"},
      {"a route by name: where messages came from",
       {"<sip:p.example.com;lr>"},
       "<sip:a@192.0.2.1>",
       "sip:192.0.2.9:5080;transport=tcp"},
      {"a strict router is reached the same way",
       {"<sip:192.0.2.4>"},
       "<sip:a@192.0.2.1>",
       "sip:192.0.2.4:5060;transport=tcp"},
      {"no URI at all", {}, "garbage", "sip:192.0.2.9:5080;transport=tcp"},
  };
  for (const HopRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    EXPECT_EQ(route_url(next_hop(kFallback, row.routes, row.target)), row.wants);
  }
}

struct RouteRow {
  const char* sentence;
  std::vector<std::string> routes;
  const char* wants_uri;
  std::vector<std::string_view> wants_routes;
};

TEST(NextHop, RouteSetsAreLooseOrStrict) {
  const RouteRow rows[] = {
      {"none", {}, "sip:a@b;x", {}},
      {"loose", {"<sip:p1;lr>", "<sip:p2>"}, "sip:a@b;x", {"<sip:p1;lr>", "<sip:p2>"}},
      {"strict", {"<sip:p1>", "<sip:p2;lr>"}, "sip:p1", {"<sip:p2;lr>", "<sip:a@b;x>"}},
  };
  for (const RouteRow& row : rows) {
    SCOPED_TRACE(row.sentence);
    interop::Message bye = interop::Message::request("BYE", "sip:old");
    bye.add("Route", "<sip:old>");
    apply_route_set(bye, row.routes, "\"N\" <sip:a@b;x>;expires=3");
    EXPECT_EQ(bye.request_uri(), row.wants_uri);
    EXPECT_EQ(bye.get_all("Route"), row.wants_routes);
  }
}

TEST(NextHop, SplitsWhatCommasJoin) {
  interop::Message m = interop::Message::request("INVITE", "sip:a");
  m.add("Record-Route", "<sip:p1;lr;x=\"a,b\">, \"P, 2\" <sip:p2,5;lr>");
  m.add("record-route", "<sip:p3>");
  EXPECT_EQ(
      split_values(m, "Record-Route"),
      (std::vector<std::string>{"<sip:p1;lr;x=\"a,b\">", "\"P, 2\" <sip:p2,5;lr>", "<sip:p3>"}));
}

TEST(Messages, FindTags) {
  EXPECT_EQ(tag_of("\"a;tag=no\" <sip:x;tag=no>;a=b;TAG=yes"), "yes");
  EXPECT_EQ(tag_of("sip:x;tag=yes ;b"), "yes");
  EXPECT_EQ(tag_of("<sip:x>"), "");
  EXPECT_EQ(tag_of("<sip:x"), "");
  EXPECT_EQ(tag_of(""), "");
}

}  // namespace
}  // namespace junctor::cp
