// SPDX-License-Identifier: MIT
#include "dataplane/control/network_server.hpp"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "dataplane/control/netlink.hpp"
#include "platform/telemetry/escape.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

namespace api = network::v1;

constexpr unsigned kSocketMode = 0660;
constexpr ipc::Limits kLimits{std::size_t{4} << 20, std::size_t{4} << 20};
constexpr Nanoseconds kLookAgain = Seconds{1};
constexpr std::uint32_t kLeastMtu = 68, kLargestMtu = 65535;

// What the configuration takes as a name, with a VLAN: no pattern of the kernel ("tap%d"), no path.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool read_mac(const std::string& octets, MacAddress& out) {
  if (octets.size() != out.size()) return false;
  std::memcpy(out.data(), octets.data(), out.size());
  return (out[0] & 1) == 0;  // no group
}

Result<WantedInterface> read_interface(const api::Interface& from) {
  if (!is_name(from.name()))
    return Error{escape(from.name().substr(0, 64)), "is no name of an interface"};
  const auto fail = [&from](const std::string& what) { return Error{from.name(), what}; };
  WantedInterface out;
  out.name = from.name();
  if (!read_mac(from.mac(), out.mac)) return fail("its MAC address is none");
  if (from.mtu() < kLeastMtu || from.mtu() > kLargestMtu) return fail("its MTU is none");
  out.mtu = from.mtu();
  if (std::max(from.addresses_size(), from.routes_size()) > NetworkServer::kMaxEntries)
    return fail("it has too many addresses or routes");
  for (const std::string& text : from.addresses()) {
    const auto address = IpPrefix::parse(text);
    if (!address) return fail("an address is none: " + escape(text.substr(0, 64)));
    out.network.addresses.push_back(*address);
  }
  for (const api::Route& route : from.routes()) {
    const auto destination = IpPrefix::parse(route.destination());
    const auto gateway = IpAddress::parse(route.gateway());
    if (!destination || !gateway || destination->address.family() != gateway->family())
      return fail("a route is none: " + escape(route.destination().substr(0, 64)));
    out.network.routes.push_back({*destination, *gateway});
  }
  return out;
}

}  // namespace

NetworkServer::NetworkServer(ipc::Loop& loop, std::uint32_t user, NetworkAdmin& admin)
    : loop_(loop), user_(user), admin_(admin) {
  admin_.set_on_refused([this](const std::string& reason) {
    api::Reply reply;
    reply.mutable_refused()->set_reason(reason);
    if (asks_ != nullptr) asks_->send(reply);
  });
}

NetworkServer::~NetworkServer() { admin_.set_on_refused({}); }

Result<std::unique_ptr<NetworkServer>> NetworkServer::listen(ipc::Loop& loop,
                                                             const std::string& path,
                                                             std::uint32_t user,
                                                             NetworkAdmin& admin) {
  std::unique_ptr<NetworkServer> self(new NetworkServer(loop, user, admin));
  NetworkServer* raw = self.get();
  auto server = ipc::Server::listen(
      loop, path, kSocketMode, kLimits,
      [raw](std::unique_ptr<ipc::Channel> channel) { raw->on_connection(std::move(channel)); });
  if (!server) return server.error();
  self->server_ = std::move(*server);
  return self;
}

void NetworkServer::on_connection(std::unique_ptr<ipc::Channel> channel) {
  if (channel->peer_uid() != static_cast<std::int64_t>(user_) ||
      channels_.size() >= kMaxConnections)
    return log_warning("network", "a connection is refused", {{"user", channel->peer_uid()}});
  ipc::Channel* raw = channel.get();
  raw->set_callbacks({[this, raw](Bytes frame) { on_frame(raw, frame); },
                      [this, raw](const std::string&) { on_closed(raw); }});
  channels_.push_back(std::move(channel));
}

void NetworkServer::on_closed(const ipc::Channel* channel) {
  std::erase_if(channels_, [channel](const auto& one) { return one.get() == channel; });
}

void NetworkServer::on_frame(ipc::Channel* channel, Bytes frame) {
  api::Request request;
  if (!ipc::parse_frame(frame, request) || request.what_case() == api::Request::WHAT_NOT_SET) {
    log_error("network", "what is asked is no request; the connection is ended");
    return channel->close("what it says is no request");
  }
  api::Reply reply;
  if (request.has_set_up()) {
    *reply.mutable_set_up() = set_up(request.set_up());
    channel->send(reply);
    return;
  }
  asks_ = channel;
  const Result<void> done =
      request.has_nudge() ? nudge(request.nudge()) : set_mac(request.set_mac());
  asks_ = nullptr;
  if (done) return;
  reply.mutable_refused()->set_reason(done.error().message);
  channel->send(reply);
}

api::SetUpDone NetworkServer::set_up(const api::SetUp& what) {
  api::SetUpDone done;
  const auto fail = [&done](const Error& error) {
    log_error("network", "interfaces cannot be set up",
              {{"where", error.where}, {"reason", error.message}});
    done.set_where(error.where);
    done.set_error(error.message);
    return done;
  };
  if (what.interfaces_size() > kMaxInterfaces) return fail({"", "there are too many interfaces"});
  std::vector<WantedInterface> all;
  for (const api::Interface& from : what.interfaces()) {
    auto wanted = read_interface(from);
    if (!wanted) return fail(wanted.error());
    all.push_back(std::move(*wanted));
  }
  if (auto set = admin_.set_up(all); !set) return fail(set.error());
  log_info("network", "interfaces are set up", {{"interfaces", all.size()}});
  looked_ = Nanoseconds{0};
  return done;
}

Result<void> NetworkServer::nudge(const api::Nudge& what) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(what.address().data());
  const auto size = what.address().size();
  if (size != 4 && size != 16) return Error{"", "the address is none"};
  if (!is_tap_of_user(what.ifindex())) return Error{"", "the interface is not of this user"};
  admin_.nudge({static_cast<int>(what.ifindex()), IpAddress::from_bytes({octets, size})});
  return {};
}

Result<void> NetworkServer::set_mac(const api::SetMac& what) {
  MacAddress mac{};
  if (!read_mac(what.mac(), mac)) return Error{"", "the MAC address is none"};
  if (!is_tap_of_user(what.ifindex())) return Error{"", "the interface is not of this user"};
  admin_.set_mac(static_cast<int>(what.ifindex()), mac);
  return {};
}

// The kernel knows whose a tap is, so that a restart of this program forgets nothing.
bool NetworkServer::is_tap_of_user(std::uint32_t ifindex) {
  const Nanoseconds now = loop_.clock().now();
  if (looked_ == Nanoseconds{0} || (!taps_.contains(ifindex) && now - looked_ >= kLookAgain)) {
    looked_ = now;
    taps_.clear();
    if (const auto netlink = Netlink::open(false); netlink) {
      [[maybe_unused]] const auto read =
          (*netlink)->dump(RTM_GETLINK, AF_UNSPEC, [this](const nlmsghdr& message) {
            const auto link = decode_link(message);
            if (link && link->tap_owner == user_)
              taps_.insert(static_cast<std::uint32_t>(link->ifindex));
          });
    }
  }
  return taps_.contains(ifindex);
}

}  // namespace junctor::dp
