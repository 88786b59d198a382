// SPDX-License-Identifier: MIT
#include "platform/cli/json.hpp"

#include <gtest/gtest.h>

namespace junctor::cli {
namespace {

TEST(Json, IsAListOfWhatWasAsked) {
  management::v1::Reply reply;
  EXPECT_EQ(field_json(reply, "calls"), "[]\n");
  media::v1::WorkerStatistics& worker = *reply.add_workers();
  worker.set_core(3);
  worker.set_packets(UINT64_MAX);
  EXPECT_EQ(field_json(reply, "workers"),
            "[\n"
            "  {\n"
            "    \"core\": 3,\n"
            "    \"busy_permille\": 0,\n"
            "    \"packets\": 18446744073709551615\n"
            "  }\n"
            "]\n");
  EXPECT_EQ(field_json(reply, "ports"), "[]\n") << "and of nothing else";
}

TEST(Json, VersionIsOneObject) {
  management::v1::Reply reply;
  reply.mutable_version()->set_version("0.1.0");
  reply.mutable_version()->set_dataplane_connected(true);
  EXPECT_EQ(field_json(reply, "version"),
            "{\n"
            "  \"version\": \"0.1.0\",\n"
            "  \"program\": \"\",\n"
            "  \"build\": \"\",\n"
            "  \"dataplane_connected\": true,\n"
            "  \"started_unix_ms\": 0,\n"
            "  \"calls\": 0,\n"
            "  \"calls_resumed\": 0,\n"
            "  \"dataplane_boot_id\": 0,\n"
            "  \"waiting\": [],\n"
            "  \"mistakes\": [],\n"
            "  \"listeners_waiting\": [],\n"
            "  \"trunks_left_out\": []\n"
            "}\n");
}

TEST(Json, AddressesAreTextAndAbsentOnesNull) {
  management::v1::Reply reply;
  media::v1::LegStatistics& leg = *reply.add_media()->add_legs();
  leg.mutable_local()->set_ip(std::string("\xc0\0\2\1", 4));
  leg.mutable_local()->set_port(4000);
  leg.set_packets_lost(-2);
  const std::string json = field_json(reply, "media");
  EXPECT_NE(
      json.find(
          "\"local\": {\n          \"ip\": \"192.0.2.1\",\n          \"port\": 4000\n        }"),
      std::string::npos)
      << json;
  EXPECT_NE(json.find("\"learned\": null"), std::string::npos);
  EXPECT_NE(json.find("\"packets_lost\": -2"), std::string::npos);
}

TEST(Json, ListsOfTextAndNestedLists) {
  management::v1::Reply reply;
  reply.add_ports()->add_addresses("192.0.2.1/24");
  reply.mutable_ports(0)->add_addresses("2001:db8::1/64");
  EXPECT_NE(field_json(reply, "ports")
                .find("\"addresses\": [\n      \"192.0.2.1/24\",\n      \"2001:db8::1/64\"\n    ]"),
            std::string::npos);
}

TEST(Json, WhatAPeerWroteStaysText) {
  management::v1::Reply reply;
  reply.add_trace()->set_text("INVITE\r\n\"\\\x1b[2J\xc2\x9b\xe2\x80\xae\xc3\xbc\t");
  EXPECT_NE(field_json(reply, "trace")
                .find("\"text\": \"INVITE\\r\\n\\\"\\\\\\u001b[2J\\u009b\\u202e\xc3\xbc\\u0009\""),
            std::string::npos)
      << field_json(reply, "trace");
}

}  // namespace
}  // namespace junctor::cli
