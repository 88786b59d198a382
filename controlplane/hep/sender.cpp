// SPDX-License-Identifier: MIT
#include "controlplane/hep/sender.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

// A server that vanished without a word: what it does not acknowledge in this time ends the connection.
constexpr int kPatienceMs = 20'000;

}  // namespace

const std::array<CounterDesc, HepSender::kCountCount> HepSender::kCounts{{
    {"sent", Severity::Info, "a packet was sent to the HEP server"},
    {"lost", Severity::Warning,
     "a packet for the HEP server was dropped: it was away, or did not keep up"},
    {"connected", Severity::Info, "the HEP server was connected by TCP"},
    {"disconnected", Severity::Warning,
     "the connection to the HEP server was lost or could not be made"},
}};

HepSender::HepSender(ipc::Loop& loop, const SocketAddress& server, bool is_tcp,
                     CounterSet<kCountCount>& counts, Nanoseconds retry_after)
    : loop_(loop), server_(server), is_tcp_(is_tcp), counts_(counts), retry_after_(retry_after) {
  open();
}

HepSender::~HepSender() {
  counts_[kLost].add(waiting_.size());
  watch_.reset();
  if (fd_ >= 0) ::close(fd_);
}

void HepSender::open() {
  retry_.reset();
  sockaddr_storage storage{};
  const socklen_t length = server_.to_sockaddr(storage);
  const int kind = is_tcp_ ? SOCK_STREAM : SOCK_DGRAM;
  fd_ = socket(storage.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return close(std::strerror(errno));
  const int on = 1;
  if (is_tcp_) {
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, &kPatienceMs, sizeof kPatienceMs);
  }
  const int done = connect(fd_, reinterpret_cast<const sockaddr*>(&storage), length);
  if (done != 0 && errno != EINPROGRESS) return close(std::strerror(errno));
  state_ = is_tcp_ ? State::Connecting : State::Open;
  if (is_tcp_)
    watch();
  else
    complaint_.clear();
}

void HepSender::close(const std::string& reason) {
  watch_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  state_ = State::Closed;
  is_writing_ = false;
  // Half a packet is none; the next connection begins with a whole one.
  if (std::exchange(front_sent_, 0) != 0) {
    waiting_bytes_ -= waiting_.front().size();
    waiting_.pop_front();
    counts_[kLost].add();
  }
  counts_[kDisconnected].add();
  if (std::exchange(complaint_, server_.text() + ": " + reason).empty())
    log_warning("hep", "the server is away", {{"server", server_.text()}, {"reason", reason}});
  retry_ = loop_.after(retry_after_, [this] { open(); });
}

void HepSender::send(std::string packet) {
  if (!is_tcp_) return send_datagram(packet);
  if (waiting_bytes_ + packet.size() > kMaxWaiting) return counts_[kLost].add();
  waiting_bytes_ += packet.size();
  waiting_.push_back(std::move(packet));
  if (state_ == State::Open && !is_writing_) flush();
}

void HepSender::send_datagram(const std::string& packet) {
  if (fd_ < 0) return counts_[kLost].add();
  ssize_t sent = ::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL);
  // That an earlier one met nobody is told once, in place of sending this one.
  if (sent < 0 && errno == ECONNREFUSED)
    sent = ::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL);
  counts_[sent < 0 ? kLost : kSent].add();
}

void HepSender::watch() {
  watch_.reset();
  is_writing_ = state_ == State::Connecting || !waiting_.empty();
  const auto interest = is_writing_ ? ipc::Loop::kRead | ipc::Loop::kWrite : ipc::Loop::kRead;
  watch_ = loop_.watch(fd_, static_cast<std::uint8_t>(interest),
                       [this](std::uint8_t ready) { on_ready(ready); });
}

void HepSender::on_ready(std::uint8_t ready) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return close(std::strerror(error));
  if (ready & ipc::Loop::kRead) {
    std::array<char, 512> ignored;  // a server has nothing to say
    const ssize_t n = recv(fd_, ignored.data(), ignored.size(), 0);
    if (n == 0) return close("it closed the connection");
    if (n < 0 && errno != EAGAIN && errno != EINTR) return close(std::strerror(errno));
  }
  if (state_ == State::Connecting) {
    if (!(ready & ipc::Loop::kWrite)) return;
    state_ = State::Open;
    complaint_.clear();
    counts_[kConnected].add();
    log_info("hep", "connected", {{"server", server_.text()}});
  }
  flush();
}

void HepSender::flush() {
  while (!waiting_.empty()) {
    const std::string& front = waiting_.front();
    const ssize_t n =
        ::send(fd_, front.data() + front_sent_, front.size() - front_sent_, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return close(std::strerror(errno));
    if (n < 0) break;
    front_sent_ += static_cast<std::size_t>(n);
    if (front_sent_ < front.size()) continue;
    waiting_bytes_ -= front.size();
    front_sent_ = 0;
    waiting_.pop_front();
    counts_[kSent].add();
  }
  if (is_writing_ != !waiting_.empty()) watch();
}

}  // namespace junctor::cp
