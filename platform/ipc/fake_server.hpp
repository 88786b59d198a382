// SPDX-License-Identifier: MIT
// A server as a test plays it: each request that anyone connected sends goes to one function.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/ipc/channel.hpp"

namespace junctor::ipc {

template <typename Request>
class FakeServer {
 public:
  // May answer on `from`, then or later: it lives as long as this.
  using OnRequest = std::function<void(const Request& request, Channel& from)>;

  FakeServer(Loop& loop, const std::string& path, OnRequest on_request)
      : on_request_(std::move(on_request)),
        server_(Server::listen(loop, path, 0600, {}, [this](std::unique_ptr<Channel> channel) {
          Channel& from = *channels_.emplace_back(std::move(channel));
          from.set_callbacks({.on_frame = [this, &from](Bytes frame) { take(frame, from); },
                              .on_closed = [](const std::string&) {}});
        })) {
    EXPECT_TRUE(server_) << server_.error().text();
  }

  // How many have connected since it began, or since close_connections().
  std::size_t connections() const { return channels_.size(); }
  // As at its end; who connects anew is answered.
  void close_connections() { channels_.clear(); }

 private:
  void take(Bytes frame, Channel& from) {
    Request request;
    ASSERT_TRUE(parse_frame(frame, request));
    on_request_(request, from);
  }

  const OnRequest on_request_;
  std::vector<std::unique_ptr<Channel>> channels_;
  Result<std::unique_ptr<Server>> server_;
};

}  // namespace junctor::ipc
