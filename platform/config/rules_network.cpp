// SPDX-License-Identifier: MIT
#include <map>
#include <optional>
#include <set>

#include "platform/base/address.hpp"
#include "platform/config/rules.hpp"

namespace junctor::config {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;
using Routes = google::protobuf::RepeatedPtrField<v1::KernelRoute>;

class NetworkCheck {
 public:
  NetworkCheck(const v1::Config& config, Findings& findings)
      : config_(config), findings_(findings) {}

  void check() {
    for (int i = 0; i < config_.dataplane().ports_size(); ++i) {
      const v1::Port& port = config_.dataplane().ports(i);
      const std::string path = findings_.element("dataplane.ports", i);
      check_device(port, path);
      check_network(port.addresses(), port.routes(), path);
      for (int v = 0; v < port.vlans_size(); ++v) {
        const v1::Vlan& vlan = port.vlans(v);
        check_network(vlan.addresses(), vlan.routes(), findings_.element(join(path, "vlans"), v));
      }
    }
    if (addresses_.empty()) return;  // the dataplane is configured elsewhere, or not at all
    for (int i = 0; i < config_.sip().listeners_size(); ++i) {
      check_is_ours(config_.sip().listeners(i).address(),
                    join(findings_.element("sip.listeners", i), "address"));
    }
    for (int i = 0; i < config_.trunks_size(); ++i) {
      check_is_ours(config_.trunks(i).media_address(),
                    join(findings_.element("trunks", i), "media_address"));
    }
  }

 private:
  void check_device(const v1::Port& port, const std::string& path) {
    if (port.device().empty()) return;
    const auto [at, is_new] = devices_.try_emplace(port.device(), path);
    if (!is_new)
      findings_.add(join(path, "device"),
                    quote(port.device()) + " is the device of " + at->second + " already");
  }

  // Of a port or of a VLAN: its addresses, and the routes that its routers must be reached by.
  void check_network(const Strings& addresses, const Routes& routes, const std::string& path) {
    std::vector<IpPrefix> networks;
    for (int i = 0; i < addresses.size(); ++i) {
      const auto prefix = IpPrefix::parse(addresses[i]);
      if (!prefix) continue;
      networks.push_back(*prefix);
      check_address(prefix->address, findings_.element(join(path, "addresses"), i));
    }
    for (int i = 0; i < routes.size(); ++i)
      check_route(routes[i], networks, findings_.element(join(path, "routes"), i));
  }

  void check_address(const IpAddress& address, const std::string& path) {
    if (address.is_unspecified() || address.is_multicast()) {
      return findings_.add(path, address.text() + " is not the address of one host");
    }
    const auto [at, is_new] = addresses_.try_emplace(address, path);
    if (!is_new)
      findings_.add(path, address.text() + " is the address of " + at->second + " already");
  }

  void check_route(const v1::KernelRoute& route, const std::vector<IpPrefix>& networks,
                   const std::string& path) {
    const auto gateway = IpAddress::parse(route.gateway());
    const auto destination = IpPrefix::parse(route.destination());
    if (!gateway || !destination) return;
    if (gateway->family() != destination->address.family()) {
      return findings_.add(join(path, "gateway"), gateway->text() + " and " + destination->text() +
                                                      " are not both IPv4 or both IPv6");
    }
    // A router of IPv6 is often known by its link-local address only.
    const bool is_link_local = IpPrefix::parse("fe80::/10")->contains(*gateway);
    const auto has_it = [&](const IpPrefix& network) { return network.contains(*gateway); };
    if (!is_link_local && std::none_of(networks.begin(), networks.end(), has_it)) {
      findings_.add(join(path, "gateway"), gateway->text() + " is in none of the networks here");
    }
  }

  void check_is_ours(const std::string& text, const std::string& path) {
    const auto address = IpAddress::parse(text);
    if (address && !addresses_.contains(*address)) {
      findings_.add(path,
                    address->text() + " is not an address of a port or VLAN of the dataplane");
    }
  }

  const v1::Config& config_;
  Findings& findings_;
  std::map<IpAddress, std::string> addresses_;
  std::map<std::string, std::string> devices_;
};

}  // namespace

void check_network_rules(const v1::Config& config, Findings& findings) {
  NetworkCheck(config, findings).check();
}

}  // namespace junctor::config
