// SPDX-License-Identifier: MIT
//
// rtp-load: the far ends of many calls. Sends and receives one RTP stream on each of N UDP ports
// and says, packet by packet, what arrived: each packet carries who sent it and its own number, so
// that nothing is taken on trust.
//
//   stdin  --> [ commands ]        ports P, P+step, ...          stdout --> one JSON object for
//   each `report`
//              [ 20 ms timer ] --> send                 receive --> [ per stream: lost, twice,
//              foreign, gaps ]
//
// Commands  dest I IP PORT | start | stop | mark | report | quit, one a line.
//           mark: the report says how long after it each stream heard its first packet.
// Threads   one; epoll on every socket, a timer and stdin.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint32_t kMagic = 0x6a6e7631;  // "jnv1"
constexpr std::size_t kRtpHeader = 12;
constexpr std::size_t kPacket = kRtpHeader + 160;
constexpr int kTicksPerPacket = 4;  // streams are spread over four ticks of 5 ms
constexpr std::uint64_t kNever = 0;

std::uint64_t now_us() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<std::uint64_t>(ts.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(ts.tv_nsec) / 1000;
}

// What our packets carry after the RTP header; host order, since both ends are on this machine.
struct Content {
  std::uint32_t magic;
  std::uint32_t stream;
  std::uint64_t number;
  std::uint64_t sent_us;
};

struct Stream {
  int fd = -1;
  sockaddr_storage destination{};
  socklen_t destination_size = 0;
  std::uint64_t sent = 0;
  std::uint64_t send_errors = 0;
  std::uint64_t received = 0;
  std::uint64_t twice = 0;
  std::uint64_t foreign = 0;  // not ours, or of another sender than the first
  std::uint64_t late = 0;     // after one with a higher number
  std::uint64_t highest = 0;
  std::int64_t sender = -1;
  std::uint64_t last_us = kNever;
  std::uint64_t longest_gap_us = 0;
  std::uint64_t first_after_mark_us = kNever;
  std::uint64_t longest_delay_us = 0;
  std::vector<bool> seen;
};

struct Options {
  std::string address = "127.0.0.1";
  int port = 6000;
  int step = 4;
  std::uint32_t streams = 1;
  std::uint32_t id = 0;  // added to the stream's index: the name that its packets carry
  std::uint8_t payload_type = 0;
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), streams_(options.streams) {}

  bool open();
  void run();

 private:
  bool open_stream(std::uint32_t index);
  void send_due();
  void send_one(std::uint32_t index);
  void receive(std::uint32_t index);
  void account(Stream& stream, std::span<const std::uint8_t> packet, std::uint64_t now);
  void read_commands();
  void command(const std::string& line);
  void report() const;

  Options options_;
  std::vector<Stream> streams_;
  int epoll_ = -1;
  int timer_ = -1;
  int tick_ = 0;
  bool sending_ = false;
  bool quit_ = false;
  std::uint64_t mark_us_ = kNever;
  std::string input_;
};

constexpr std::uint64_t kTimer = ~0ULL;
constexpr std::uint64_t kStdin = ~0ULL - 1;

bool parse_address(const std::string& ip, int port, sockaddr_storage& out, socklen_t& size) {
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
  out = {};
  if (inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    size = sizeof(sockaddr_in);
    return true;
  }
  if (inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    size = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}

bool watch(int epoll, int fd, std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool Load::open_stream(std::uint32_t index) {
  sockaddr_storage local{};
  socklen_t size = 0;
  const int port = options_.port + static_cast<int>(index) * options_.step;
  if (!parse_address(options_.address, port, local, size)) {
    std::fprintf(stderr, "rtp-load: %s is no IP address\n", options_.address.c_str());
    return false;
  }
  Stream& stream = streams_[index];
  stream.fd = socket(local.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (stream.fd < 0 || bind(stream.fd, reinterpret_cast<sockaddr*>(&local), size) != 0) {
    std::fprintf(stderr, "rtp-load: port %d: %s\n", port, std::strerror(errno));
    return false;
  }
  return watch(epoll_, stream.fd, index);
}

bool Load::open() {
  rlimit files{65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  epoll_ = epoll_create1(0);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  itimerspec every{{0, 5'000'000}, {0, 5'000'000}};
  timerfd_settime(timer_, 0, &every, nullptr);
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  for (std::uint32_t i = 0; i < options_.streams; ++i) {
    if (!open_stream(i)) return false;
  }
  return watch(epoll_, timer_, kTimer) && watch(epoll_, STDIN_FILENO, kStdin);
}

void Load::run() {
  std::array<epoll_event, 256> events{};
  while (!quit_) {
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
      if (key == kTimer) {
        send_due();
      } else if (key == kStdin) {
        read_commands();
      } else {
        receive(static_cast<std::uint32_t>(key));
      }
    }
  }
}

void Load::send_due() {
  std::uint64_t ticks = 0;
  if (read(timer_, &ticks, sizeof ticks) != sizeof ticks) return;
  // After a long wait the missed packets are sent late rather than never; more than a second is
  // given up.
  for (std::uint64_t t = std::min<std::uint64_t>(ticks, 200); t > 0; --t) {
    tick_ = (tick_ + 1) % kTicksPerPacket;
    if (!sending_) continue;
    for (auto i = static_cast<std::uint32_t>(tick_); i < options_.streams; i += kTicksPerPacket)
      send_one(i);
  }
}

void Load::send_one(std::uint32_t index) {
  Stream& stream = streams_[index];
  if (stream.destination_size == 0) return;
  std::array<std::uint8_t, kPacket> packet{};
  packet.fill(0xff);
  const auto sequence = htons(static_cast<std::uint16_t>(stream.sent));
  const auto timestamp = htonl(static_cast<std::uint32_t>(stream.sent * 160));
  const auto ssrc = htonl(0x10000000u + options_.id + index);
  packet[0] = 0x80;
  packet[1] = static_cast<std::uint8_t>(options_.payload_type | (stream.sent == 0 ? 0x80 : 0));
  std::memcpy(&packet[2], &sequence, 2);
  std::memcpy(&packet[4], &timestamp, 4);
  std::memcpy(&packet[8], &ssrc, 4);
  const Content content{kMagic, options_.id + index, stream.sent, now_us()};
  std::memcpy(&packet[kRtpHeader], &content, sizeof content);
  // A packet that could not be handed to the kernel is not sent, and its number is used again.
  if (sendto(stream.fd, packet.data(), packet.size(), 0,
             reinterpret_cast<sockaddr*>(&stream.destination),
             stream.destination_size) == static_cast<ssize_t>(packet.size())) {
    ++stream.sent;
  } else {
    ++stream.send_errors;
  }
}

void Load::receive(std::uint32_t index) {
  std::array<std::uint8_t, 2048> buffer{};
  Stream& stream = streams_[index];
  for (;;) {
    const ssize_t size = recv(stream.fd, buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == ECONNREFUSED) continue;
      return;
    }
    account(stream, {buffer.data(), static_cast<std::size_t>(size)}, now_us());
  }
}

void Load::account(Stream& stream, std::span<const std::uint8_t> packet, std::uint64_t now) {
  Content content{};
  if (packet.size() < kRtpHeader + sizeof content) {
    ++stream.foreign;
    return;
  }
  std::memcpy(&content, packet.data() + kRtpHeader, sizeof content);
  if (stream.sender < 0 && content.magic == kMagic) stream.sender = content.stream;
  if (content.magic != kMagic || stream.sender != static_cast<std::int64_t>(content.stream) ||
      content.number > 10'000'000) {
    ++stream.foreign;
    return;
  }
  if (content.number >= stream.seen.size()) stream.seen.resize(content.number + 512);
  if (stream.seen[content.number]) {
    ++stream.twice;
    return;
  }
  stream.seen[content.number] = true;
  ++stream.received;
  if (content.number < stream.highest) ++stream.late;
  stream.highest = std::max(stream.highest, content.number);
  if (stream.last_us != kNever)
    stream.longest_gap_us = std::max(stream.longest_gap_us, now - stream.last_us);
  stream.last_us = now;
  stream.longest_delay_us = std::max(stream.longest_delay_us, now - content.sent_us);
  if (mark_us_ != kNever && stream.first_after_mark_us == kNever)
    stream.first_after_mark_us = now - mark_us_ + 1;
}

void Load::read_commands() {
  std::array<char, 65536> buffer{};
  const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (size == 0) quit_ = true;
  if (size <= 0) return;
  input_.append(buffer.data(), static_cast<std::size_t>(size));
  for (std::size_t end = 0; (end = input_.find('\n')) != std::string::npos;
       input_.erase(0, end + 1)) {
    command(input_.substr(0, end));
  }
}

void Load::command(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "dest") {
    std::uint32_t index = 0;
    std::string ip;
    int port = 0;
    words >> index >> ip >> port;
    if (index < streams_.size()) {
      Stream& stream = streams_[index];
      if (!parse_address(ip, port, stream.destination, stream.destination_size))
        stream.destination_size = 0;
    }
  } else if (verb == "start" || verb == "stop") {
    sending_ = verb == "start";
  } else if (verb == "mark") {
    mark_us_ = now_us();
    for (Stream& stream : streams_) {
      stream.first_after_mark_us = kNever;
      stream.longest_gap_us = 0;
    }
  } else if (verb == "report") {
    report();
  } else if (verb == "quit") {
    quit_ = true;
  }
}

void Load::report() const {
  std::string out = "[";
  for (const Stream& s : streams_) {
    std::array<char, 512> row{};
    std::snprintf(
        row.data(), row.size(),
        "%s{\"sent\":%llu,\"send_errors\":%llu,\"received\":%llu,\"twice\":%llu,\"foreign\":%llu,"
        "\"late\":%llu,"
        "\"sender\":%lld,\"longest_gap_us\":%llu,\"first_after_mark_us\":%llu,\"longest_delay_us\":"
        "%llu}",
        out.size() > 1 ? "," : "", static_cast<unsigned long long>(s.sent),
        static_cast<unsigned long long>(s.send_errors), static_cast<unsigned long long>(s.received),
        static_cast<unsigned long long>(s.twice), static_cast<unsigned long long>(s.foreign),
        static_cast<unsigned long long>(s.late), static_cast<long long>(s.sender),
        static_cast<unsigned long long>(s.longest_gap_us),
        static_cast<unsigned long long>(s.first_after_mark_us),
        static_cast<unsigned long long>(s.longest_delay_us));
    out += row.data();
  }
  std::printf("%s]\n", out.c_str());
  std::fflush(stdout);
}

int number_of(const char* text) { return static_cast<int>(std::strtol(text, nullptr, 10)); }

bool parse_options(std::span<char*> arguments, Options& options) {
  for (std::size_t i = 1; i + 1 < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--bind") {
      options.address = value;
    } else if (name == "--port") {
      options.port = number_of(value);
    } else if (name == "--step") {
      options.step = number_of(value);
    } else if (name == "--streams") {
      options.streams = static_cast<std::uint32_t>(number_of(value));
    } else if (name == "--id") {
      options.id = static_cast<std::uint32_t>(number_of(value));
    } else if (name == "--payload-type") {
      options.payload_type = static_cast<std::uint8_t>(number_of(value) & 0x7f);
    } else {
      return false;
    }
  }
  return arguments.size() % 2 == 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_options({argv, static_cast<std::size_t>(argc)}, options)) {
    std::fprintf(stderr,
                 "usage: rtp-load [--bind IP] [--port P] [--step 4] [--streams N] [--id N] "
                 "[--payload-type 0]\n");
    return 2;
  }
  Load load(options);
  if (!load.open()) return 1;
  load.run();
  return 0;
}
