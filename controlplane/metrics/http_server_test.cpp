// SPDX-License-Identifier: MIT
#include "controlplane/metrics/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <vector>

#include "controlplane/metrics/http_client_test_kit.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::cp {
namespace {

const SocketAddress kLocal{*IpAddress::parse("127.0.0.1"), 0};

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServer::Handler handler) {
    auto made = HttpServer::listen(*loop_, kLocal, std::move(handler));
    ASSERT_TRUE(made) << made.error().text();
    server_ = std::move(*made);
  }
  static HttpServer::Handler echo() {
    return [](const std::string& path, HttpServer::OnReply on_reply) {
      on_reply({200, "text/plain", "path " + path + "\n"});
    };
  }

  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWhatItServes) {
  start(echo());
  const struct {
    const char* what;
    std::string request;
    const char* begins;
    const char* holds;
  } rows[] = {
      {"GET", get("/metrics"), "HTTP/1.1 200 ", "\r\n\r\npath /metrics\n"},
      {"a query is not part of the path", get("/metrics?x=1"), "HTTP/1.1 200 ", "path /metrics\n"},
      {"HEAD has no body", "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 200 ", "Content-Length: 7\r\n"},
      {"POST is not served",
       "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
       "HTTP/1.1 405 ", "Allow: GET, HEAD"},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.", "path /\n"},
      {"two requests of one connection", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"),
       "HTTP/1.1 200 ", "path /b\n"},
  };
  for (const auto& row : rows) {
    const std::string heard = ask(*loop_, server_->address(), row.request);
    EXPECT_EQ(heard.rfind(row.begins, 0), 0u) << row.what << ":\n" << heard;
    EXPECT_NE(heard.find(row.holds), std::string::npos) << row.what << ":\n" << heard;
  }
}

TEST_F(HttpServerTest, WhatIsNoRequestEndsTheConnection) {
  start(echo());
  const struct {
    const char* what;
    std::string request;
  } rows[] = {
      {"no HTTP", "\x16\x03\x01\x02\n\n\n\r\n\r\n"},
      {"a header that never ends", get("/", std::string(100'000, 'x'))},
      {"a body where none belongs", get("/", "Content-Length: 5\r\n") + "12345"},
  };
  for (const auto& row : rows) {
    const std::string heard = ask(*loop_, server_->address(), row.request);
    EXPECT_EQ(heard.find("path /"), std::string::npos) << row.what << ":\n" << heard;
  }
  EXPECT_NE(ask(*loop_, server_->address(), get("/after")).find("path /after"), std::string::npos);
}

TEST_F(HttpServerTest, AnAnswerMayComeLaterAndHoldsUpNobody) {
  HttpServer::OnReply waiting;
  start([&](const std::string& path, HttpServer::OnReply on_reply) {
    if (path == "/slow")
      waiting = std::move(on_reply);
    else
      on_reply({200, "text/plain", "quick\n"});
  });
  run_beside(*loop_, [&] {
    Connection slow(server_->address());
    slow.say(get("/slow"));
    std::string quick;
    while (quick.empty()) {
      Connection other(server_->address());
      other.say(get("/quick"));
      quick = other.hear();
    }
    EXPECT_NE(quick.find("quick\n"), std::string::npos);
    loop_->post([&] { waiting({200, "text/plain", "slow\n"}); });
    EXPECT_NE(slow.hear().find("slow\n"), std::string::npos);
  });
}

TEST_F(HttpServerTest, OneThatReadsNothingHoldsUpNobody) {
  start([&](const std::string& path, HttpServer::OnReply on_reply) {
    on_reply({200, "text/plain", path == "/large" ? std::string(50'000'000, 'x') : "small\n"});
  });
  run_beside(*loop_, [&] {
    Connection lazy(server_->address());
    lazy.say(get("/large"));
    for (int i = 0; i < 3; ++i) {
      Connection other(server_->address());
      other.say(get("/small"));
      EXPECT_NE(other.hear().find("small\n"), std::string::npos);
    }
  });
}

TEST_F(HttpServerTest, ConnectionsOfOneAddressAreLimited) {
  start(echo());
  run_beside(*loop_, [&] {
    std::deque<Connection> silent;
    for (unsigned i = 0; i < HttpServer::kMaxConnectionsOfOne; ++i)
      silent.emplace_back(server_->address());
    {
      Connection over(server_->address());
      over.say(get("/over"));
      EXPECT_EQ(over.hear(), "");
    }
    silent.pop_front();
    std::string heard;
    for (int i = 0; heard.empty() && i < 1000; ++i) {
      Connection again(server_->address());
      again.say(get("/again"));
      heard = again.hear();
    }
    EXPECT_NE(heard.find("path /again"), std::string::npos);
  });
}

TEST_F(HttpServerTest, EndsWhileSomeoneWaits) {
  HttpServer::OnReply waiting;
  start([&](const std::string&, HttpServer::OnReply on_reply) {
    waiting = std::move(on_reply);
    loop_->post([&] { server_.reset(); });
  });
  const std::string heard = ask(*loop_, server_->address(), get("/"));
  EXPECT_EQ(heard.find("late"), std::string::npos);
  waiting({200, "text/plain", "late\n"});
}

TEST_F(HttpServerTest, APortThatIsTakenIsTold) {
  start(echo());
  const auto again = HttpServer::listen(*loop_, server_->address(), echo());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().text(), server_->address().text() + ": Address already in use");
  const auto foreign = HttpServer::listen(*loop_, {*IpAddress::parse("192.0.2.1"), 9810}, echo());
  ASSERT_FALSE(foreign);
}

}  // namespace
}  // namespace junctor::cp
