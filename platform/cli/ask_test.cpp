// SPDX-License-Identifier: MIT
#include "platform/cli/ask.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "platform/ipc/channel.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/fake_server.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr std::uint64_t kAny = 99;  // of a piece: becomes that of the question

// A gateway that answers each request with these pieces.
struct Gateway {
  void listen() {
    server.emplace(*loop, path, [this](const Request& request, ipc::Channel& from) {
      asked = request;
      kinds.push_back(asked.what_case());
      for (Reply one : pieces) {
        if (one.id() == kAny) one.set_id(asked.id());
        from.send(one);
      }
      if (hangs_up) from.close("hung up");
    });
  }
  Result<Reply> ask_it(Nanoseconds timeout = Seconds{20}) {
    Request request;
    request.set_id(1);
    request.mutable_show_calls();
    return ask(*loop, path, request, timeout);
  }
  ipc::TempDir dir;
  std::string path = dir / "management.sock";
  std::unique_ptr<ipc::Loop> loop = ipc::make_epoll_loop();
  std::optional<ipc::FakeServer<Request>> server;
  std::vector<Reply> pieces;
  Request asked;
  std::vector<Request::WhatCase> kinds;  // of all that was asked
  bool hangs_up = false;
};

Reply piece(std::uint64_t id, const std::string& call, bool more) {
  Reply reply;
  reply.set_id(id);
  if (!call.empty()) reply.add_calls()->set_id(call);
  reply.set_more(more);
  return reply;
}

TEST(Ask, PutsThePiecesTogether) {
  Gateway gateway;
  gateway.listen();
  gateway.pieces = {piece(1, "a", true), piece(1, "b", true), piece(1, "", false)};
  const auto reply = gateway.ask_it();
  ASSERT_TRUE(reply.ok()) << reply.error().text();
  ASSERT_EQ(reply->calls_size(), 2);
  EXPECT_EQ(reply->calls(1).id(), "b");
  EXPECT_FALSE(reply->more());
  EXPECT_TRUE(gateway.asked.has_show_calls());
}

TEST(Ask, SaysWhyThereIsNoAnswer) {
  Gateway gateway;
  EXPECT_EQ(gateway.ask_it().error().text(),
            gateway.path + ": junctor-control cannot be reached: No such file or directory");
  gateway.listen();
  EXPECT_EQ(gateway.ask_it(Milliseconds{5}).error().text(),
            gateway.path + ": junctor-control does not answer");
  gateway.pieces = {piece(2, "a", false)};
  EXPECT_EQ(gateway.ask_it().error().text(), gateway.path + ": the answer cannot be understood");
  Reply refusal;
  refusal.set_id(1);
  refusal.set_error("there is no call \"\x1b[2J\"");
  gateway.pieces = {refusal};
  EXPECT_EQ(gateway.ask_it().error().text(), "there is no call \"\\x1b[2J\"");
  gateway.pieces = {piece(1, "a", true)};
  gateway.hangs_up = true;
  EXPECT_EQ(gateway.ask_it().error().text(), gateway.path + ": the peer closed the connection");
}

TEST(Ask, AKeptConnectionIsMadeAnewAndSaysFirstWhoAsks) {
  Gateway gateway;
  gateway.listen();
  gateway.pieces = {piece(kAny, "", false)};
  Request first;
  first.mutable_login();
  Connection connection(*gateway.loop, gateway.path, first);
  Request what;
  what.mutable_show_calls();
  EXPECT_TRUE(connection.ask(what).ok());
  EXPECT_TRUE(connection.ask(what).ok());
  EXPECT_EQ(connection.made(), 1U);
  gateway.server->close_connections();  // a restart
  EXPECT_TRUE(connection.ask(what).ok())
      << "its end is noticed before the question is lost with it";
  EXPECT_EQ(connection.made(), 2U);
  EXPECT_EQ(gateway.kinds, (std::vector{Request::kLogin, Request::kShowCalls, Request::kShowCalls,
                                        Request::kLogin, Request::kShowCalls}));
}

}  // namespace
}  // namespace junctor::cli
