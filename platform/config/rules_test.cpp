// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "platform/config/test_config.hpp"

namespace junctor::config {
namespace {

TEST(Rules, Routes) {
  const Row rows[] = {
      {"a route behind one that takes everything",
       "\"from\": \"pbx\", \"called\": \"_1XXX\"",
       "\"called\": \"_!\"",
       {"gw:39: routes[1]: route \"in\" is never reached: route \"out\" (line 38) takes every such "
        "call before it (_!)"}},
      {"a route behind the same one",
       "\"called\": \"_.\"",
       "\"from\": \"pbx\", \"called\": \"_1[0-9]XX\"",
       {"gw:39: routes[1]: route \"in\" is never reached: route \"out\" (line 38) takes every such "
        "call before it "
        "(_1XXX, from pbx)"}},
      {"a number behind its pattern",
       "\"called\": \"_.\"",
       "\"from\": \"pbx\", \"called\": \"1234\"",
       {"gw:39: routes[1]: route \"in\" is never reached: route \"out\" (line 38) takes every such "
        "call before it "
        "(_1XXX, from pbx)"}},
      {"calls from elsewhere still reach it",
       "\"called\": \"_.\"",
       "\"from\": \"provider\", \"called\": \"_1XXX\"",
       {}},
      {"a route for all behind one for some is reached",
       "\"called\": \"_.\"",
       "\"called\": \"_1XXX\"",
       {}},
      {"a wider pattern behind a narrower one is reached",
       "\"called\": \"_.\"",
       "\"from\": \"pbx\", \"called\": \"_XXXX\"",
       {}},
      {"more digits stripped than there are",
       "\"called\": \"_1XXX\"",
       "\"called\": \"_1XXX\", \"strip\": 10",
       {"gw:38: routes[0].strip: 10 leaves nothing of a number that _1XXX takes, and there is no "
        "prefix"}},
      {"all of them stripped",
       "\"called\": \"_1XXX\"",
       "\"called\": \"1234\", \"strip\": 4",
       {"gw:38: routes[0].strip: 4 leaves nothing of a number that 1234 takes, and there is no "
        "prefix"}},
      {"one is left", "\"called\": \"_1XXX\"", "\"called\": \"_1XXX\", \"strip\": 3", {}},
      {"a number put in the place of another",
       "\"called\": \"_1XXX\"",
       "\"called\": \"_1XXX\", \"strip\": 4, \"prefix\": \"500\"",
       {}},
      {"a longer number has digits left",
       "\"called\": \"_1XXX\"",
       "\"called\": \"_1.\", \"strip\": 10",
       {}},
      {"the same trunk twice in a route",
       "[\"pbx\", \"provider\"]",
       "[\"pbx\", \"pbx\"]",
       {"gw:38: routes[0].to[1]: pbx is there twice"}},
  };
  for (const Row& row : rows) expect(row);
}

TEST(Rules, MediaPorts) {
  const auto with = [](std::string_view media) {
    return "\"media\": {" + std::string(media) + "},\n\"sip\": {";
  };
  const std::string odd = with("\"port_min\": 20001, \"port_max\": 20101");
  const std::string even = with("\"port_max\": 20100");
  const std::string crossed = with("\"port_min\": 30000, \"port_max\": 20001");
  const std::string crossed_default = with("\"port_min\": 40000");
  const std::string two = with("\"port_min\": 20000, \"port_max\": 20001");
  const Row rows[] = {
      {"an odd first port",
       "\"sip\": {",
       odd,
       {"gw:15: media.port_min: 20001 is odd; RTP takes the even ports"}},
      {"an even last port",
       "\"sip\": {",
       even,
       {"gw:15: media.port_max: 20100 is even; the last port is that of RTCP, an odd one"}},
      {"an end before the beginning",
       "\"sip\": {",
       crossed,
       {"gw:15: media.port_max: 20001 is not above port_min, which is 30000"}},
      {"a beginning after the default end",
       "\"sip\": {",
       crossed_default,
       {"gw:15: media.port_max: 32767 is not above port_min, which is 40000"}},
      {"two ports are enough for a leg", "\"sip\": {", two, {}},
  };
  for (const Row& row : rows) expect(row);
}

TEST(Rules, Listeners) {
  const Row rows[] = {
      {"a port that voice takes",
       "\"port\": 5060},",
       "\"port\": 20000},",
       {"gw:17: sip.listeners[0].port: 20000 is one of the ports for voice, 16384..32767"}},
      {"an address that no port has",
       "\"address\": \"192.0.2.1\", ",
       "\"address\": \"192.0.2.2\", ",
       {"gw:17: sip.listeners[0].address: 192.0.2.2 is not an address of a port or VLAN of the "
        "dataplane"}},
      {"an address of a VLAN is one",
       "\"address\": \"203.0.113.1\", \"transports\"",
       "\"address\": \"10.7.0.1\", \"transports\"",
       {}},
      {"no ports, no such rule",
       "\"addresses\": [\"192.0.2.1/24\", \"2001:db8::1/64\"],",
       "",
       {"gw:9: interfaces[0].routes[0].gateway: 192.0.2.254 is in none of the networks here"},
       true},
      {"a media address that no port has",
       "\"media_address\": \"192.0.2.1\"",
       "\"media_address\": \"192.0.2.3\"",
       {"gw:26: trunks[0].media_address: 192.0.2.3 is not an address of a port or VLAN of the "
        "dataplane"}},
      {"the same address, port and transport",
       "\"203.0.113.1\", \"transports\": [\"TCP\"]",
       "\"192.0.2.1\", \"transports\": [\"TCP\"]",
       {"gw:18: sip.listeners[1].address: sip.listeners[0] (line 17) has this address, port and "
        "transport already"}},
      {"another port is another listener",
       "\"203.0.113.1\", \"transports\": [\"TCP\"]",
       "\"192.0.2.1\", \"port\": 5061",
       {}},
      {"another transport too",
       "\"port\": 5060},\n      {\"name\": \"west\", \"address\": \"203.0.113.1\"",
       "\"transports\": [\"UDP\"]},\n      {\"name\": \"west\", \"address\": \"192.0.2.1\"",
       {}},
  };
  for (const Row& row : rows) expect(row);
  EXPECT_TRUE(parse_json(R"({"sip": {"listeners": [{"name": "a", "address": "192.0.2.77"}]}})")
                  .findings.empty())
      << "without ports the addresses are the kernel's affair";
}

TEST(Rules, Networks) {
  // From the device of the first port to that of the second.
  const std::size_t first = kGood.find("net_tap0"), second = kGood.find("net_tap1");
  const std::string_view devices_between = kGood.substr(first, second + 8 - first);
  const auto devices = [&](const std::string& a, const std::string& b) {
    return a + std::string(devices_between.substr(8, devices_between.size() - 16)) + b;
  };
  const std::string on_one_interface =
      devices("net_af_packet0,iface=eth1,blocksz=4096", "net_af_xdp0,iface=eth1");
  const std::string one_card = devices("0000:3b:00.0", "3B:00.0,representor=0");
  const Row rows[] = {
      {"two ports with one device",
       "net_tap1",
       "net_tap0",
       {"gw:10: interfaces[1].device: \"net_tap0\" is the device of interfaces[0] "
        "already"}},
      {"two ports with one device whose arguments differ",
       "net_tap1",
       "net_tap0,iface=x",
       {"gw:10: interfaces[1].device: \"net_tap0\" is the device of interfaces[0] "
        "already"}},
      {"two devices on one interface",
       devices_between,
       on_one_interface,
       {"gw:10: interfaces[1].device: interface \"eth1\" is that of "
        "interfaces[0].device already"}},
      {"a PCI address in two spellings",
       devices_between,
       one_card,
       {"gw:10: interfaces[1].device: \"3B:00.0\" is the device of interfaces[0] "
        "already"}},
      {"a port with the name of the interface behind it",
       "net_tap0",
       "net_af_packet0,iface=east",
       {"gw:7: interfaces[0].name: the kernel interface needs another name: \"east\" is that "
        "of interfaces[0].device"}},
      {"a port with the name of the interface behind another",
       "net_tap1",
       "net_af_packet0,iface=east",
       {"gw:7: interfaces[0].name: the kernel interface needs another name: \"east\" is that "
        "of interfaces[1].device"}},
      {"a port named as the loopback interface",
       "\"name\": \"east\", \"device\"",
       "\"name\": \"lo\", \"device\"",
       {"gw:7: interfaces[0].name: \"lo\" means something else to Linux; no interface can have "
        "this name"}},
      {"a VLAN whose interface would have too long a name",
       "\"name\": \"west\", \"device\": \"net_tap1\", \"addresses\": [\"203.0.113.1/25\"], "
       "\"vlans\": [\n        {\"id\": 7,",
       "\"name\": \"westernport\", \"device\": \"net_tap1\", \"addresses\": "
       "[\"203.0.113.1/25\"], \"vlans\": [\n        {\"id\": 1000,",
       {"gw:11: interfaces[1].vlans[0].id: the kernel interface would be "
        "\"westernport.1000\", 16 characters; Linux takes 15"}},
      {"a VLAN whose interface has the longest name",
       "\"name\": \"west\", \"device\": \"net_tap1\", \"addresses\": [\"203.0.113.1/25\"], "
       "\"vlans\": [\n        {\"id\": 7,",
       "\"name\": \"westernport\", \"device\": \"net_tap1\", \"addresses\": "
       "[\"203.0.113.1/25\"], \"vlans\": [\n        {\"id\": 100,",
       {}},
      {"one address twice",
       "10.8.0.1/24",
       "10.7.0.1/16",
       {"gw:12: interfaces[1].vlans[1].addresses[0]: 10.7.0.1 is the address of "
        "interfaces[1].vlans[0].addresses[0] already"},
       true},
      {"a router elsewhere",
       "192.0.2.254",
       "192.0.3.254",
       {"gw:9: interfaces[0].routes[0].gateway: 192.0.3.254 is in none of the networks here"}},
      {"a router of a VLAN elsewhere",
       "10.8.0.2",
       "10.7.0.2",
       {"gw:13: interfaces[1].vlans[1].routes[0].gateway: 10.7.0.2 is in none of the networks "
        "here"}},
      {"the gateway as its own router",
       "192.0.2.254",
       "192.0.2.1",
       {"gw:9: interfaces[0].routes[0].gateway: 192.0.2.1 is the gateway itself, by "
        "interfaces[0].addresses[0]"}},
      {"a router of the other family",
       "192.0.2.254",
       "2001:db8::2",
       {"gw:9: interfaces[0].routes[0].gateway: 2001:db8::2 and 198.51.100.0/24 are not both "
        "IPv4 or both IPv6"}},
      {"a router known by its link-local address",
       "\"198.51.100.0/24\", \"gateway\": \"192.0.2.254\"",
       "\"2001:db8:1::/48\", \"gateway\": \"fe80::1\"",
       {}},
      {"an address of many hosts",
       "2001:db8::1/64",
       "ff02::1/64",
       {"gw:8: interfaces[0].addresses[1]: ff02::1 is not the address of one host"}},
  };
  for (const Row& row : rows) expect(row);
}

TEST(Rules, Trunks) {
  const Row rows[] = {
      {"a transport that the listener has not",
       "\"transport\": \"TCP\"",
       "\"transport\": \"UDP\"",
       {"gw:29: trunks[1].transport: listener \"west\" does not offer UDP"}},
      {"the default transport neither",
       ", \"transport\": \"TCP\"",
       "",
       {"gw:29: trunks[1].listener: listener \"west\" does not offer UDP"}},
      {"a peer of the other family",
       "\"192.0.2.20\"",
       "\"2001:db8::20\"",
       {"gw:24: trunks[0].peers[0].address: 2001:db8::20 cannot be reached from listener \"east\" "
        "at 192.0.2.1: one "
        "is IPv6, the other IPv4"}},
      {"the gateway as its own peer",
       "\"192.0.2.20\"",
       "\"192.0.2.1\"",
       {"gw:24: trunks[0].peers[0].address: this is listener \"east\" of the gateway itself"}},
      {"a peer that is no host",
       "\"192.0.2.20\"",
       "\"0.0.0.0\"",
       {"gw:24: trunks[0].peers[0].address: 0.0.0.0 is not the address of one host"}},
      {"one peer of two trunks",
       "\"listener\": \"west\", \"transport\": \"TCP\",\n     \"peers\": [{\"address\": "
       "\"203.0.113.9\", \"port\": 5062}]",
       "\"listener\": \"east\",\n     \"peers\": [{\"address\": \"192.0.2.20\"}]",
       {"gw:30: trunks[1].peers[0].address: trunk \"pbx\" has this peer on the same listener "
        "already"}},
      {"the same host with another port is another peer",
       "\"listener\": \"west\", \"transport\": \"TCP\",\n     \"peers\": [{\"address\": "
       "\"203.0.113.9\", \"port\": 5062}]",
       "\"listener\": \"east\",\n     \"peers\": [{\"address\": \"192.0.2.20\", \"port\": 5070}]",
       {}},
      {"one codec in two spellings",
       "[\"PCMU\", \"telephone-event\"]",
       "[\"PCMU\", \"pcmu\"]",
       {"gw:25: trunks[0].codecs[1]: \"pcmu\" is there twice"}},
      {"codecs without a voice",
       "[\"PCMU\", \"telephone-event\"]",
       "[\"CN\", \"telephone-event\"]",
       {"gw:25: trunks[0].codecs: none of these carries voice"}},
  };
  for (const Row& row : rows) expect(row);
}

}  // namespace
}  // namespace junctor::config
