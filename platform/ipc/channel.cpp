// SPDX-License-Identifier: MIT
#include "platform/ipc/channel.hpp"

#include <google/protobuf/message_lite.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::ipc {
namespace {

constexpr std::array<CounterDesc, kCountCount> kCounts{{
    {"frame_too_large", Severity::Error,
     "a peer announced a frame above the limit; its connection was ended"},
    {"bad_message", Severity::Error, "a frame was no message of the kind that was expected"},
    {"queue_full", Severity::Error, "a peer did not read what was sent; its connection was ended"},
    {"message_too_large", Severity::Error, "a message of ours was above the limit of a frame"},
    {"connection_ended", Severity::Info, "a connection ended"},
    {"connect_failed", Severity::Warning, "nobody listened at the other end"},
    {"accept_failed", Severity::Error,
     "a connection could not be taken, for want of descriptors or memory"},
}};

}  // namespace

CounterSet<kCountCount>& counters() {
  static CounterSet<kCountCount> set(kCounts);
  return set;
}

bool parse_frame(Bytes frame, google::protobuf::MessageLite& message) {
  if (message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) return true;
  counters()[kBadMessage].add();
  return false;
}

class Channel::Impl : public std::enable_shared_from_this<Channel::Impl> {
 public:
  Impl(Loop& loop, int fd, Limits limits)
      : loop_(loop), fd_(fd), limits_(limits), reader_(limits.max_frame_bytes) {}
  ~Impl() { end(); }

  void set_callbacks(Callbacks callbacks) {
    callbacks_ = std::make_shared<const Callbacks>(std::move(callbacks));
  }
  bool send(const google::protobuf::MessageLite& message);
  bool can_send() const { return is_open_ && queued_bytes() <= limits_.max_queue_bytes / 2; }
  bool is_open() const { return is_open_; }
  std::size_t queued_bytes() const { return queue_.size() - sent_; }
  std::int64_t peer_uid() const;

  void watch(bool for_write);
  // The connection ends now; on_closed is told on a later turn.
  void fail(const std::string& reason);
  // The owner is gone: no callback any more.
  void abandon();

 private:
  void on_ready(std::uint8_t ready);
  void on_readable(bool is_error);
  bool take(Bytes bytes);
  bool flush();
  void end();

  // Given.
  Loop& loop_;
  // Owned.
  int fd_;
  HandlePtr watch_;
  HandlePtr notice_;
  std::shared_ptr<const Callbacks> callbacks_ = std::make_shared<const Callbacks>();
  // State.
  const Limits limits_;
  FrameReader reader_;
  std::string queue_;     // frames to send
  std::size_t sent_ = 0;  // of the queue's front
  bool is_open_ = true;
  bool waits_for_write_ = false;
};

void Channel::Impl::watch(bool for_write) {
  watch_.reset();
  waits_for_write_ = for_write;
  const std::uint8_t interest = for_write ? Loop::kRead | Loop::kWrite : Loop::kRead;
  watch_ = loop_.watch(fd_, interest, [this](std::uint8_t ready) { on_ready(ready); });
}

void Channel::Impl::end() {
  is_open_ = false;
  watch_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  queue_.clear();
  sent_ = 0;
}

void Channel::Impl::abandon() {
  end();
  notice_.reset();
  callbacks_ = std::make_shared<const Callbacks>();
}

void Channel::Impl::fail(const std::string& reason) {
  if (!is_open_) return;
  counters()[kConnectionEnded].add();
  end();
  notice_ = loop_.after(Nanoseconds{0}, [this, reason] {
    const auto self = shared_from_this();
    const auto callbacks = callbacks_;
    if (callbacks->on_closed) callbacks->on_closed(reason);
  });
}

bool Channel::Impl::send(const google::protobuf::MessageLite& message) {
  if (!is_open_) return false;
  const std::size_t length = message.ByteSizeLong();
  if (length > limits_.max_frame_bytes) {
    counters()[kMessageTooLarge].add();
    fail("a message of " + std::to_string(length) + " octets is too large to send");
    return false;
  }
  if (queued_bytes() + length > limits_.max_queue_bytes) {
    counters()[kQueueFull].add();
    fail("the peer does not read");
    return false;
  }
  std::array<std::uint8_t, 4> header;
  store_be32(header.data(), static_cast<std::uint32_t>(length));
  queue_.append(as_text(header));
  JUNCTOR_ASSERT(message.AppendToString(&queue_));
  if (!waits_for_write_) flush();
  return is_open_;
}

bool Channel::Impl::flush() {
  while (queued_bytes() > 0) {
    const ssize_t n =
        ::send(fd_, queue_.data() + sent_, queued_bytes(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent_ += static_cast<std::size_t>(n);
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    fail(std::strerror(errno));
    return false;
  }
  if (queued_bytes() == 0) {
    queue_.clear();
    sent_ = 0;
  } else if (sent_ > queue_.size() / 2) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
  const bool has_more = queued_bytes() > 0;
  if (has_more != waits_for_write_) watch(has_more);
  return true;
}

void Channel::Impl::on_ready(std::uint8_t ready) {
  const auto self = shared_from_this();
  if ((ready & Loop::kWrite) != 0 && !flush()) return;
  if ((ready & (Loop::kRead | Loop::kError)) != 0) on_readable((ready & Loop::kError) != 0);
}

void Channel::Impl::on_readable(bool is_error) {
  // Some of what is there, so that one peer cannot hold the loop; the rest on the next turn.
  constexpr int kReadsPerTurn = 16;
  std::array<std::uint8_t, 65536> buffer;
  for (int i = 0; i < kReadsPerTurn && is_open_; ++i) {
    const ssize_t n = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) {
      if (!take(Bytes(buffer).first(static_cast<std::size_t>(n)))) return;
      continue;
    }
    if (n == 0) {
      fail("the peer closed the connection");
    } else if (errno == EINTR) {
      continue;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
      fail(std::strerror(errno));
    } else if (is_error) {
      fail("the connection broke");
    }
    return;
  }
}

bool Channel::Impl::take(Bytes bytes) {
  const bool is_good = reader_.push(bytes, [this](Bytes frame) {
    if (!is_open_) return;  // a frame before this one made the owner close
    const auto callbacks = callbacks_;
    if (callbacks->on_frame) callbacks->on_frame(frame);
  });
  if (is_good || !is_open_) return is_open_;
  counters()[kFrameTooLarge].add();
  fail("the peer announced a frame larger than " + std::to_string(limits_.max_frame_bytes) +
       " octets");
  return false;
}

std::int64_t Channel::Impl::peer_uid() const {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (fd_ < 0 || getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  return credentials.uid == static_cast<uid_t>(-1) ? -1
                                                   : static_cast<std::int64_t>(credentials.uid);
}

Channel::Channel(Loop& loop, int fd, Limits limits)
    : impl_(std::make_shared<Impl>(loop, fd, limits)) {
  impl_->watch(false);
}
Channel::~Channel() { impl_->abandon(); }
void Channel::set_callbacks(Callbacks callbacks) { impl_->set_callbacks(std::move(callbacks)); }
bool Channel::send(const google::protobuf::MessageLite& message) { return impl_->send(message); }
bool Channel::can_send() const { return impl_->can_send(); }
bool Channel::is_open() const { return impl_->is_open(); }
std::size_t Channel::queued_bytes() const { return impl_->queued_bytes(); }
std::int64_t Channel::peer_uid() const { return impl_->peer_uid(); }
void Channel::close(const std::string& reason) { impl_->fail(reason); }

}  // namespace junctor::ipc
