// SPDX-License-Identifier: MIT
// junctor-media-sessions: stands in for junctor-control in benchmarks of the dataplane.
//
//   junctor-media-sessions SOCKET CALLS LOCAL PEER
//
// Connects to a dataplane's media socket, installs CALLS sessions (leg ports LOCAL:16384, 16386,
// ...; each leg's peer is PEER with the same port, PCMU), says "ready" on stdout, then answers each
// line on stdin with one line of JSON: ports and workers. Ends with its input; the sessions stay.
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

#include "media/v1/media.pb.h"
#include "platform/base/address.hpp"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/epoll_loop.hpp"

namespace {

namespace media = junctor::media::v1;
constexpr std::uint32_t kFirstPort = 16384;
constexpr std::uint32_t kBatch = 500;

void set_address(media::SocketAddress* out, const junctor::IpAddress& ip, std::uint32_t port) {
  out->set_ip(junctor::as_text(ip.bytes()).data(), ip.bytes().size());
  out->set_port(port);
}

struct Side {
  junctor::IpAddress local;
  junctor::IpAddress peer;
};

struct Options {
  std::string socket;
  std::uint32_t calls = 0;
  Side sides[2];
  std::uint32_t peer_port = 0;  // 0: as the leg's own
};

class Bench {
 public:
  Bench(junctor::ipc::Loop& loop, Options options) : loop_(loop), options_(std::move(options)) {
    client_ = junctor::ipc::Client::connect(
        loop, options_.socket, {},
        {.on_connected = [this] { hello(); },
         .on_frame = [this](junctor::Bytes frame) { on_frame(frame); },
         .on_disconnected =
             [](const std::string& why) {
               std::fprintf(stderr, "media socket: %s\n", why.c_str());
             }});
    input_ =
        loop.watch(STDIN_FILENO, junctor::ipc::Loop::kRead, [this](std::uint8_t) { on_input(); });
  }

 private:
  void hello() {
    media::FromControl m;
    m.mutable_request()->set_id(++id_);
    m.mutable_request()->mutable_hello()->set_version(1);
    client_->send(m);
  }

  // An empty Sync first: what earlier runs left is taken away.
  void on_frame(junctor::Bytes frame) {
    media::FromDataplane m;
    if (!m.ParseFromArray(frame.data(), static_cast<int>(frame.size())) || !m.has_reply()) return;
    const media::Reply& reply = m.reply();
    for (const auto& s : reply.sessions()) {
      if (!s.error().empty())
        std::fprintf(stderr, "session %s: %s\n", s.id().c_str(), s.error().c_str());
    }
    if (reply.has_statistics()) return print(reply.statistics());
    if (reply.has_hello()) {
      media::FromControl sync;
      sync.mutable_request()->set_id(++id_);
      sync.mutable_request()->mutable_sync()->set_last(true);
      client_->send(sync);
    } else if (installed_ < options_.calls) {
      install();
    } else if (!ready_) {
      ready_ = true;
      std::puts("ready");
      std::fflush(stdout);
    }
  }

  void install() {
    media::FromControl m;
    m.mutable_request()->set_id(++id_);
    auto* apply = m.mutable_request()->mutable_apply();
    for (const std::uint32_t end = std::min(installed_ + kBatch, options_.calls); installed_ < end;
         ++installed_) {
      media::Session* session = apply->add_sessions();
      session->set_id("bench-" + std::to_string(installed_));
      session->set_generation(1);
      for (std::uint32_t leg = 0; leg < 2; ++leg) {
        add_leg(session->add_legs(), options_.sides[leg], kFirstPort + (installed_ * 2 + leg) * 2);
      }
    }
    client_->send(m);
  }

  void add_leg(media::Leg* leg, const Side& side, std::uint32_t port) {
    set_address(leg->mutable_local(), side.local, port);
    set_address(leg->mutable_remote(), side.peer,
                options_.peer_port != 0 ? options_.peer_port : port);
    leg->set_receive(true);
    leg->set_send(true);
    auto* type = leg->add_payload_types();
    type->set_number(0);
    type->set_encoding("PCMU");
    type->set_clock_rate(8000);
    leg->set_dscp(46);
    leg->set_ssrc(0x20000000 + port);
    leg->set_cname("bench");
    leg->set_learn(1);
    leg->set_source(media::LEARN);
  }

  void on_input() {
    char buffer[256];
    const auto n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n <= 0) return loop_.stop();
    media::FromControl m;
    m.mutable_request()->set_id(++id_);
    auto* what = m.mutable_request()->mutable_get_statistics();
    what->set_ports(true);
    what->set_workers(true);
    what->set_counters(true);
    client_->send(m);
  }

  static void print(const media::Statistics& statistics) {
    std::string json;
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    options.preserve_proto_field_names = true;
    if (!google::protobuf::util::MessageToJsonString(statistics, &json, options).ok()) return;
    std::puts(json.c_str());
    std::fflush(stdout);
  }

  junctor::ipc::Loop& loop_;
  Options options_;
  std::unique_ptr<junctor::ipc::Client> client_;
  junctor::ipc::HandlePtr input_;
  std::uint64_t id_ = 0;
  std::uint32_t installed_ = 0;
  bool ready_ = false;
};

template <typename Number>
Number number(const char* text) {
  Number value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

bool parse(int argc, char** argv, Options& o) {
  if (argc != 5 && argc != 7 && argc != 8) return false;
  o.socket = argv[1];
  o.calls = number<std::uint32_t>(argv[2]);
  for (int side = 0; side < 2; ++side) {
    const int at = argc > 5 && side == 1 ? 5 : 3;
    o.sides[side].local = junctor::IpAddress::parse(argv[at]).value_or(junctor::IpAddress{});
    o.sides[side].peer = junctor::IpAddress::parse(argv[at + 1]).value_or(junctor::IpAddress{});
    if (!o.sides[side].local || !o.sides[side].peer) return false;
  }
  if (argc == 8) o.peer_port = number<std::uint32_t>(argv[7]);
  return o.calls > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(
        stderr,
        "usage: junctor-media-sessions SOCKET CALLS LOCAL PEER [LOCAL-B PEER-B [PEER-PORT]]\n");
    return 2;
  }
  const auto loop = junctor::ipc::make_epoll_loop();
  Bench bench(*loop, options);
  loop->run();
  return 0;
}
