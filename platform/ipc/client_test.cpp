// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <vector>

#include "media/v1/media.pb.h"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::ipc {
namespace {

using media::v1::Hello;

Hello hello(std::uint32_t version) {
  Hello message;
  message.set_version(version);
  return message;
}

// A server that echoes, and a client; each event is a word in `log`, and the loop stops when
// `until` is the last.
struct Bench {
  std::unique_ptr<Server> listen() {
    auto server =
        Server::listen(*loop, path, 0600, limits, [this](std::unique_ptr<Channel> channel) {
          Channel* raw = channel.get();
          channel->set_callbacks({.on_frame =
                                      [raw](Bytes frame) {
                                        Hello got;
                                        if (parse_frame(frame, got)) raw->send(got);
                                      },
                                  .on_closed = {}});
          channels.push_back(std::move(channel));
        });
    EXPECT_TRUE(server.ok());
    return std::move(server).value();
  }
  std::unique_ptr<Client> connect() {
    return Client::connect(
        *loop, path, limits,
        {.on_connected = [this] { note("connected"); },
         .on_frame =
             [this](Bytes frame) {
               Hello got;
               ASSERT_TRUE(parse_frame(frame, got));
               note("hello " + std::to_string(got.version()));
             },
         .on_disconnected = [this](const std::string& reason) { note(reason); }});
  }
  void note(const std::string& what) {
    log.push_back(what);
    if (what == until) loop->stop();
  }
  // Fails the test, instead of hanging, if it takes longer than any machine should.
  void run_until(const std::string& what) {
    until = what;
    const auto limit = loop->after(Seconds{20}, [&] {
      ADD_FAILURE() << "never came: " << what;
      loop->stop();
    });
    loop->run();
  }

  TempDir dir;
  std::string path = dir / "test.sock";
  Limits limits;
  std::unique_ptr<Loop> loop = make_epoll_loop();
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<std::string> log;
  std::string until;
};

TEST(Client, ConnectsAndTalks) {
  Bench bench;
  const auto server = bench.listen();
  const auto client = bench.connect();
  EXPECT_FALSE(client->is_connected()) << "no callback and no state before the loop turns";
  EXPECT_FALSE(client->send(hello(1)));
  bench.run_until("connected");
  EXPECT_TRUE(client->is_connected());
  EXPECT_TRUE(client->can_send());
  EXPECT_TRUE(client->send(hello(7)));
  bench.run_until("hello 7");
}

TEST(Client, WaitsForAServerThatStartsLater) {
  Bench bench;
  const auto before = counters()[kConnectFailed].value();
  const auto client = bench.connect();
  std::unique_ptr<Server> server;
  const auto later = bench.loop->after(Milliseconds{30}, [&] { server = bench.listen(); });
  bench.run_until("connected");
  EXPECT_GT(counters()[kConnectFailed].value(), before);
}

TEST(Client, ComesBackAfterALoss) {
  Bench bench;
  auto server = bench.listen();
  const auto client = bench.connect();
  bench.run_until("connected");
  client->send(hello(1));
  bench.run_until("hello 1");
  server.reset();
  bench.channels.clear();
  bench.run_until("the peer closed the connection");
  EXPECT_FALSE(client->is_connected());
  EXPECT_FALSE(client->send(hello(2)));
  server = bench.listen();
  bench.run_until("connected");
  client->send(hello(3));
  bench.run_until("hello 3");
  EXPECT_EQ(bench.log,
            (std::vector<std::string>{"connected", "hello 1", "the peer closed the connection",
                                      "connected", "hello 3"}));
}

TEST(Client, DoesNotHammerAServerThatDropsEveryConnection) {
  Bench bench;
  int dropped = 0;
  auto server = Server::listen(*bench.loop, bench.path, 0600, {},
                               [&](std::unique_ptr<Channel>) { ++dropped; });
  ASSERT_TRUE(server.ok());
  const auto client = bench.connect();
  const auto end = bench.loop->after(Milliseconds{150}, [&] { bench.loop->stop(); });
  bench.loop->run();
  // At 0, 0 (the retry at once), 10, 30, 70, 150 ms; an eager client would be there thousands of
  // times.
  EXPECT_GE(dropped, 1);
  EXPECT_LE(dropped, 6);
}

TEST(Client, ALossItAskedForIsTold) {
  Bench bench;
  const auto server = bench.listen();
  const auto client = bench.connect();
  bench.run_until("connected");
  client->disconnect("it talks nonsense");
  EXPECT_FALSE(client->is_connected());
  bench.run_until("it talks nonsense");
  bench.run_until("connected");
}

TEST(Client, MayBeDestroyedInEachOfItsCallbacks) {
  for (const std::string where : {"connected", "frame", "disconnected"}) {
    Bench bench;
    const auto server = bench.listen();
    std::unique_ptr<Client> client;
    const auto end_at = [&](const std::string& here) {
      if (here != where) return;
      client.reset();
      bench.note("gone");
    };
    client =
        Client::connect(*bench.loop, bench.path, {},
                        {.on_connected =
                             [&] {
                               end_at("connected");
                               if (client) client->send(hello(1));
                             },
                         .on_frame =
                             [&](Bytes) {
                               end_at("frame");
                               if (client) client->disconnect("enough");
                             },
                         .on_disconnected = [&](const std::string&) { end_at("disconnected"); }});
    bench.run_until("gone");
    EXPECT_EQ(client, nullptr) << where;
  }
}

}  // namespace
}  // namespace junctor::ipc
