// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/ipc/channel.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::ipc {
namespace {

constexpr Nanoseconds kFirstDelay = Milliseconds{10};
// Short: voice waits for control to find a dataplane that was started again.
constexpr Nanoseconds kLongestDelay = Milliseconds{100};
// A connection that lived so long was of use.
constexpr Nanoseconds kOfUse = Seconds{1};

// The Client that its user holds owns one of these; callbacks keep it alive while they run.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, std::string path, Limits limits, Client::Callbacks callbacks)
      : loop_(loop), path_(std::move(path)), limits_(limits), callbacks_(std::move(callbacks)) {}

  void start() { try_later(Nanoseconds{0}); }
  void abandon() {
    is_abandoned_ = true;
    retry_.reset();
    channel_.reset();
  }
  Channel* channel() { return channel_.get(); }

 private:
  void try_later(Nanoseconds delay) {
    retry_ = loop_.after(delay, [this] {
      const auto self = shared_from_this();
      try_now();
    });
  }
  void try_now();
  void on_frame(Bytes frame);
  void on_closed(const std::string& reason);
  Nanoseconds next_delay() {
    const Nanoseconds delay = delay_;
    delay_ = std::clamp(delay_ * 2, kFirstDelay, kLongestDelay);
    return delay;
  }

  // Given.
  Loop& loop_;
  const std::string path_;
  const Limits limits_;
  const Client::Callbacks callbacks_;
  // Owned.
  std::unique_ptr<Channel> channel_;
  HandlePtr retry_;
  // State.
  Nanoseconds delay_{0};  // before the next attempt; zero after a connection that was of use
  Nanoseconds connected_at_{0};
  bool is_abandoned_ = false;
};

void Connection::try_now() {
  const auto address = unix_address(path_);
  UniqueFd fd(unix_socket());
  if (!address || !fd ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    counters()[kConnectFailed].add();
    delay_ = std::max(delay_, kFirstDelay);
    try_later(next_delay());
    return;
  }
  connected_at_ = loop_.clock().now();
  channel_ = std::make_unique<Channel>(loop_, fd.release(), limits_);
  channel_->set_callbacks({.on_frame = [this](Bytes frame) { on_frame(frame); },
                           .on_closed = [this](const std::string& reason) { on_closed(reason); }});
  if (callbacks_.on_connected) callbacks_.on_connected();
}

void Connection::on_frame(Bytes frame) {
  const auto self = shared_from_this();
  delay_ = Nanoseconds{0};  // the other side works; its loss will be news
  if (callbacks_.on_frame) callbacks_.on_frame(frame);
}

void Connection::on_closed(const std::string& reason) {
  const auto self = shared_from_this();
  // A side that takes connections only to drop them is not asked at once again and again.
  if (loop_.clock().now() - connected_at_ >= kOfUse) delay_ = Nanoseconds{0};
  channel_.reset();
  if (callbacks_.on_disconnected) callbacks_.on_disconnected(reason);
  if (!is_abandoned_) try_later(next_delay());
}

class UnixClient final : public Client {
 public:
  explicit UnixClient(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {
    connection_->start();
  }
  ~UnixClient() override { connection_->abandon(); }

  bool send(const google::protobuf::MessageLite& message) override {
    Channel* channel = connection_->channel();
    return channel != nullptr && channel->send(message);
  }
  bool is_connected() const override {
    Channel* channel = connection_->channel();
    return channel != nullptr && channel->is_open();
  }
  bool can_send() const override {
    Channel* channel = connection_->channel();
    return channel != nullptr && channel->can_send();
  }
  void disconnect(const std::string& reason) override {
    if (Channel* channel = connection_->channel()) channel->close(reason);
  }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<Client> Client::connect(Loop& loop, std::string path, Limits limits,
                                        Callbacks callbacks) {
  return std::make_unique<UnixClient>(
      std::make_shared<Connection>(loop, std::move(path), limits, std::move(callbacks)));
}

Result<std::unique_ptr<Channel>> connect_once(Loop& loop, const std::string& path, Limits limits) {
  const auto address = unix_address(path);
  if (!address) return Error{path, "is too long for the path of a socket"};
  UniqueFd fd(unix_socket());
  if (!fd ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return Error{path, std::strerror(errno)};
  }
  return std::make_unique<Channel>(loop, fd.release(), limits);
}

}  // namespace junctor::ipc
