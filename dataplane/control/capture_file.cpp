// SPDX-License-Identifier: MIT
#include "dataplane/control/capture_file.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/control/pcapng.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;
constexpr std::size_t kPacketsAtOnce = 512;
constexpr Nanoseconds kPause = Milliseconds{5};
constexpr Nanoseconds kFlushAfter = Milliseconds{200};
constexpr Nanoseconds kLookAtDisk = Seconds{1};
constexpr Nanoseconds kHoldFor = Seconds{1};
constexpr std::size_t kHoldOctets = std::size_t{1} << 20;
constexpr int kNicer = 5;  // than the control thread, which has calls to look after
constexpr std::uint64_t kLeastFree = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostFree = std::uint64_t{1} << 30;

Nanoseconds now() { return SystemClock{}.now(); }

}  // namespace

bool has_room(std::uint64_t free_octets, std::uint64_t all_octets) {
  return free_octets >= std::max(kLeastFree, std::min(all_octets / 10, kMostFree));
}

CaptureFile::CaptureFile(Setup setup)
    : setup_(std::move(setup)), started_(now()), written_of_(setup_.ports.size()) {
  if (setup_.call) filter_.emplace().set_words(*setup_.call);
  thread_ = std::thread([this] { run(); });
}

CaptureFile::~CaptureFile() {
  stop("the dataplane was stopped");
  thread_.join();
}

void CaptureFile::set_call(CallFilter::Words words) {
  const std::lock_guard lock(mutex_);
  new_words_ = std::move(words);
}

void CaptureFile::stop(std::string ended_by) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_.empty()) stop_ = std::move(ended_by);
  }
  wake_.notify_one();
}

CaptureFile::Status CaptureFile::status() const {
  Status status;
  status.is_running = is_running();
  status.packets = packets_.load();
  status.octets = octets_.load();
  status.lost = lost();
  if (status.is_running)
    status.left = std::max(Nanoseconds{0}, setup_.max_time - (now() - started_));
  const std::lock_guard lock(mutex_);
  status.ended_by = end_sentence_;
  return status;
}

std::uint64_t CaptureFile::lost() const {
  std::uint64_t all = 0;
  for (const PlanePort& port : setup_.ports) all += setup_.source->lost(port.id);
  return all;
}

void CaptureFile::run() {
  pthread_setname_np(pthread_self(), "capture");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNicer);
  write_header();
  while (!has_ended()) {
    std::optional<CallFilter::Words> words;
    std::string stop;
    {
      const std::lock_guard lock(mutex_);
      words = std::exchange(new_words_, std::nullopt);
      stop = stop_;
    }
    if (words) look_again(std::move(*words));
    const std::size_t n =
        setup_.source->poll(kPacketsAtOnce, [this](const CapturedPacket& one) { take(one); });
    look_at_limits();
    if (n == kPacketsAtOnce || has_ended()) continue;
    if (!stop.empty()) {
      end(std::move(stop));
      continue;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kPause, [this] { return !stop_.empty(); });
  }
  write_trailer();
  close(setup_.fd);
  {
    const std::lock_guard lock(mutex_);
    end_sentence_ = ended_by_;
  }
  is_running_.store(false, std::memory_order_release);
}

void CaptureFile::write_header() {
  pcapng::append_section(buffer_, "Junctor", setup_.what);
  for (const PlanePort& port : setup_.ports)
    pcapng::append_interface(buffer_, {port.name, port.device, port.mac});
}

void CaptureFile::write_trailer() {
  const Nanoseconds offset = SystemClock{}.wall() - now();
  for (std::uint32_t i = 0; i < setup_.ports.size(); ++i)
    pcapng::append_statistics(buffer_, {i, started_ + offset, now() + offset, written_of_[i],
                                        setup_.source->lost(setup_.ports[i].id)});
  flush();
}

void CaptureFile::take(const CapturedPacket& packet) {
  if (has_ended()) return;
  const auto at = std::ranges::find(setup_.ports, packet.port, &PlanePort::id);
  if (at == setup_.ports.end()) return;
  const auto interface = static_cast<std::uint32_t>(at - setup_.ports.begin());
  if (filter_) {
    const CallFilter::Fit fit = filter_->fit(packet.frame, packet.sent);
    if (fit == CallFilter::Fit::Unknown) hold(packet, interface);
    if (fit != CallFilter::Fit::Yes) return;
  }
  write(packet.time, interface, packet.sent, packet.frame);
}

void CaptureFile::hold(const CapturedPacket& packet, std::uint32_t interface) {
  held_.push_back(
      {packet.time, interface, packet.sent, {packet.frame.begin(), packet.frame.end()}});
  held_octets_ += packet.frame.size();
  while (held_octets_ > kHoldOctets || packet.time - held_.front().time > kHoldFor) {
    held_octets_ -= held_.front().frame.size();
    held_.pop_front();
  }
}

// What one packet teaches (a peer) may make one before it fit: again, until nothing more does.
void CaptureFile::look_again(CallFilter::Words words) {
  filter_->set_words(std::move(words));
  std::vector<bool> fits(held_.size());
  for (bool is_more = true; is_more;) {
    is_more = false;
    for (std::size_t i = 0; i < held_.size(); ++i) {
      if (fits[i] || filter_->fit(held_[i].frame, held_[i].sent) != CallFilter::Fit::Yes) continue;
      fits[i] = is_more = true;
    }
  }
  std::deque<Held> still;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    Held& one = held_[i];
    if (fits[i]) {
      held_octets_ -= one.frame.size();
      write(one.time, one.interface, one.sent, one.frame);
    } else {
      still.push_back(std::move(one));
    }
  }
  held_ = std::move(still);
}

void CaptureFile::write(Nanoseconds time, std::uint32_t interface, bool sent, Bytes frame) {
  const std::uint64_t size = written_ + buffer_.size() + pcapng::packet_block_size(frame.size()) +
                             setup_.ports.size() * pcapng::kStatisticsBlockSize;
  if (size > setup_.max_octets) return end("its largest size was reached");
  pcapng::append_packet(buffer_, {interface, time + setup_.wall_offset, sent, frame});
  ++written_of_[interface];
  packets_.fetch_add(1, std::memory_order_relaxed);
  if (buffer_.size() >= kBuffer) flush();
}

void CaptureFile::flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t n = ::write(setup_.fd, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      end(std::string("the file cannot be written: ") + std::strerror(errno));
      break;
    }
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  const std::size_t whole = pcapng::whole_blocks(buffer_, buffer_.size() - left.size());
  written_ += whole;
  if (!left.empty()) {
    // What follows, if anything still does, follows a whole block.
    [[maybe_unused]] const int cut = ftruncate(setup_.fd, static_cast<off_t>(written_));
    lseek(setup_.fd, static_cast<off_t>(written_), SEEK_SET);
  }
  buffer_.clear();
  octets_.store(written_, std::memory_order_relaxed);
  flushed_at_ = now();
}

void CaptureFile::look_at_limits() {
  const Nanoseconds time = now();
  if (time - flushed_at_ > kFlushAfter && !buffer_.empty()) flush();
  if (time - started_ >= setup_.max_time) end("its time is over");
  if (time - disk_looked_at_ < kLookAtDisk) return;
  disk_looked_at_ = time;
  struct statvfs disk {};
  if (fstatvfs(setup_.fd, &disk) != 0) return;
  if (!has_room(std::uint64_t{disk.f_bavail} * disk.f_frsize,
                std::uint64_t{disk.f_blocks} * disk.f_frsize))
    end("the disk is nearly full");
}

void CaptureFile::end(std::string ended_by) {
  if (!has_ended()) ended_by_ = std::move(ended_by);
}

}  // namespace junctor::dp
