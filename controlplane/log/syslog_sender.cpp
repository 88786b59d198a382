// SPDX-License-Identifier: MIT
#include "controlplane/log/syslog_sender.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr Nanoseconds kFirstPause = Seconds{1};
constexpr Nanoseconds kLongestPause = Seconds{60};
constexpr Nanoseconds kConnectTime = Seconds{10};
// Taken from the ring at once, and so often in a turn of the loop.
constexpr std::size_t kAtOnce = 64;
constexpr int kTakesPerTurn = 4;
constexpr unsigned kPeerGoneMs = 20'000;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Address socket_address(const SocketAddress& from) {
  Address to;
  if (from.ip.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(to.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(from.port);
    std::memcpy(&in.sin_addr, from.ip.bytes().data(), 4);
    to.length = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(to.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(from.port);
    std::memcpy(&in.sin6_addr, from.ip.bytes().data(), 16);
    to.length = sizeof in;
  }
  return to;
}

bool is_later(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

const std::array<CounterDesc, SyslogSender::kCountCount> SyslogSender::kCounts{{
    {"sent", Severity::Info, "a line was sent to a syslog server"},
    {"lost", Severity::Warning,
     "a line made place for others before a syslog server could take it"},
    {"connected", Severity::Info, "a syslog server was reached"},
    {"failed", Severity::Warning, "a syslog server could not be reached, or hung up"},
}};

SyslogSender::SyslogSender(ipc::Loop& loop, const LogRing& ring, SyslogTarget target,
                           SyslogNames names, std::uint64_t after, Counts& counts)
    : loop_(loop),
      ring_(ring),
      target_(target),
      names_(std::move(names)),
      counts_(counts),
      taken_(after),
      pause_(kFirstPause) {
  open();
}

SyslogSender::~SyslogSender() {
  watch_.reset();
  if (fd_ >= 0) close(fd_);
}

void SyslogSender::open() {
  again_.reset();
  const Address to = socket_address(target_.address);
  const int type = target_.is_tcp ? SOCK_STREAM : SOCK_DGRAM;
  fd_ = socket(to.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return fail(std::strerror(errno));
  if (target_.is_tcp)
    setsockopt(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, &kPeerGoneMs, sizeof kPeerGoneMs);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0)
    return on_connected();
  if (errno != EINPROGRESS) return fail(std::strerror(errno));
  state_ = State::Connecting;
  again_ = loop_.after(kConnectTime, [this] { fail("does not answer"); });
  watch();
}

void SyslogSender::on_connected() {
  state_ = State::Connected;
  again_.reset();
  if (target_.is_tcp) counts_[kConnected].add();
  send();
}

void SyslogSender::fail(const std::string& reason) {
  counts_[kFailed].add();
  watch_.reset();
  is_watching_write_ = false;
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  state_ = State::Idle;
  written_ = 0;  // what went half is sent whole
  again_ = loop_.after(pause_, [this] { open(); });
  pause_ = std::min(2 * pause_, kLongestPause);
  if (std::exchange(complaint_, target_.address.text() + ": " + reason).empty())
    log_warning("syslog", "server is away",
                {{"server", target_.address.text()}, {"reason", reason}});
}

// Reading tells of a hang-up; writing is waited for while there is something to write.
void SyslogSender::watch() {
  const bool wants_write = state_ == State::Connecting || !open_.empty();
  if (watch_ && wants_write == is_watching_write_) return;
  watch_.reset();
  is_watching_write_ = wants_write;
  const std::uint8_t interest =
      wants_write ? ipc::Loop::kRead | ipc::Loop::kWrite : std::uint8_t{ipc::Loop::kRead};
  watch_ = loop_.watch(fd_, interest, [this](std::uint8_t ready) { on_ready(ready); });
}

bool SyslogSender::has_hung_up() const {
  std::array<char, 512> ignored{};
  const ssize_t got = recv(fd_, ignored.data(), ignored.size(), MSG_DONTWAIT);
  return got == 0 || (got < 0 && !is_later(errno) && errno != EINTR);
}

void SyslogSender::on_ready(std::uint8_t ready) {
  if (state_ == State::Connecting) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return fail(std::strerror(error));
    if ((ready & ipc::Loop::kWrite) != 0) on_connected();
    return;
  }
  if ((ready & (ipc::Loop::kRead | ipc::Loop::kError)) != 0) {
    const bool is_over = has_hung_up();
    if (is_over && target_.is_tcp) return fail("hung up");
    // Nobody listens at that port, by ICMP: what comes next may arrive all the same.
    if (is_over) counts_[kLost].add();
  }
  send();
}

void SyslogSender::take_lines() {
  ring_.visit_after(taken_, [this](const LogRing::Entry& entry) {
    counts_[kLost].add(entry.sequence - taken_ - 1);
    taken_ = entry.sequence;
    if (entry.line.level < target_.least) return true;
    const std::string message = syslog_message(entry, names_);
    open_.push_back(target_.is_tcp ? octet_counted(message) : message);
    return open_.size() < kAtOnce;
  });
}

// Whether the first open message is dealt with.
bool SyslogSender::write_one() {
  const std::string& message = open_.front();
  const ssize_t n = ::send(fd_, message.data() + written_, message.size() - written_,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && is_later(errno)) return false;
  if (n < 0 && !target_.is_tcp && errno == ECONNREFUSED) {
    counts_[kLost].add();  // of one before, as ICMP told; this one is sent anew
    return true;
  }
  if (n < 0) {
    fail(std::strerror(errno));
    return false;
  }
  written_ += static_cast<std::size_t>(n);
  if (written_ < message.size()) return false;
  counts_[kSent].add();
  written_ = 0;
  open_.pop_front();
  pause_ = kFirstPause;
  if (!std::exchange(complaint_, {}).empty())
    log_info("syslog", "server is there again", {{"server", target_.address.text()}});
  return true;
}

void SyslogSender::send() {
  if (state_ != State::Connected) return;
  for (int takes = 0;; ++takes) {
    while (!open_.empty() && write_one()) {
    }
    if (state_ != State::Connected) return;  // it failed
    if (!open_.empty() || takes == kTakesPerTurn) break;
    take_lines();
    if (open_.empty()) break;
  }
  watch();
}

}  // namespace junctor::cp
