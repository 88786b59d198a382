// SPDX-License-Identifier: MIT
#include "dataplane/control/network_client.hpp"

#include <optional>
#include <utility>

#include "network/v1/network.pb.h"
#include "platform/ipc/epoll_loop.hpp"

namespace junctor::dp {
namespace {

namespace api = network::v1;

std::string octets(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

void write(const WantedInterface& wanted, api::Interface& out) {
  out.set_name(wanted.name);
  out.set_mac(octets(wanted.mac));
  out.set_mtu(wanted.mtu);
  for (const IpPrefix& address : wanted.network.addresses) out.add_addresses(address.text());
  for (const WantedRoute& route : wanted.network.routes) {
    api::Route& to = *out.add_routes();
    to.set_destination(route.destination.text());
    to.set_gateway(route.gateway.text());
  }
}

}  // namespace

NetworkClient::NetworkClient(ipc::Loop& loop, std::string path)
    : path_(std::move(path)),
      client_(ipc::Client::connect(loop, path_, {},
                                   {.on_connected = {},
                                    .on_frame = [this](Bytes frame) { on_frame(frame); },
                                    .on_disconnected = {}})) {}

Result<void> NetworkClient::set_up(const std::vector<WantedInterface>& interfaces) {
  api::Request request;
  for (const WantedInterface& wanted : interfaces)
    write(wanted, *request.mutable_set_up()->add_interfaces());
  if (interfaces.empty()) request.mutable_set_up();
  std::optional<api::SetUpDone> done;
  const auto loop = ipc::make_epoll_loop();
  std::unique_ptr<ipc::Client> client;
  client = ipc::Client::connect(*loop, path_, {},
                                {.on_connected = [&] { client->send(request); },
                                 .on_frame =
                                     [&](Bytes frame) {
                                       api::Reply reply;
                                       if (!ipc::parse_frame(frame, reply) || !reply.has_set_up())
                                         return;
                                       done = reply.set_up();
                                       loop->stop();
                                     },
                                 .on_disconnected = {}});
  const auto limit = loop->after(kPatience, [&loop] { loop->stop(); });
  loop->run();
  if (!done) return Error{path_, "junctor-network does not answer"};
  if (!done->error().empty()) return Error{done->where(), done->error()};
  return {};
}

void NetworkClient::nudge(const NeighbourKey& key) {
  api::Request request;
  request.mutable_nudge()->set_ifindex(static_cast<std::uint32_t>(key.ifindex));
  request.mutable_nudge()->set_address(octets(key.address.bytes()));
  if (!client_->send(request)) refused("junctor-network is away");
}

void NetworkClient::set_mac(int ifindex, const MacAddress& mac) {
  api::Request request;
  request.mutable_set_mac()->set_ifindex(static_cast<std::uint32_t>(ifindex));
  request.mutable_set_mac()->set_mac(octets(mac));
  if (!client_->send(request)) refused("junctor-network is away");
}

void NetworkClient::on_frame(Bytes frame) {
  api::Reply reply;
  if (!ipc::parse_frame(frame, reply)) return client_->disconnect("what it says is no reply");
  if (reply.has_refused()) refused(reply.refused().reason());
}

}  // namespace junctor::dp
