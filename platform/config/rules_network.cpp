// SPDX-License-Identifier: MIT
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/config/rules.hpp"

namespace junctor::config {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;
using Routes = google::protobuf::RepeatedPtrField<v1::KernelRoute>;

// A DPDK device without its arguments, in one spelling: the domain of a PCI address may be left out.
std::string device_name(const std::string& device) {
  std::string name = device.substr(0, device.find(','));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.starts_with("0000:") ? name.substr(5) : name;
}

// The Linux interface that a device takes or makes ("net_af_packet0,iface=eth1"); empty if it is
// another kind.
std::string interface_of(const std::string& device) {
  constexpr std::string_view kKey = ",iface=";
  const std::size_t at = device.find(kKey);
  if (at == std::string::npos) return "";
  const std::string value = device.substr(at + kKey.size());
  return value.substr(0, value.find(','));
}

class NetworkCheck {
 public:
  NetworkCheck(const v1::Config& config, Findings& findings)
      : config_(config), findings_(findings) {}

  void check() {
    // What may be anywhere in the others first.
    each_port(
        [this](const v1::Interface& port, const std::string& path) { check_device(port, path); });
    each_network([this](const std::string& name, const auto& network, const std::string& path) {
      check_interface(name, path);
      check_addresses(network.addresses(), path);
    });
    each_network([this](const std::string&, const auto& network, const std::string& path) {
      check_routes(network.addresses(), network.routes(), path);
    });
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
  template <typename Check>
  void each_port(Check&& check) {
    for (int i = 0; i < config_.interfaces_size(); ++i)
      check(config_.interfaces(i), findings_.element("interfaces", i));
  }

  // Every port and VLAN, by the name of its kernel interface.
  template <typename Check>
  void each_network(Check&& check) {
    each_port([&](const v1::Interface& port, const std::string& path) {
      check(port.name(), port, path);
      for (int v = 0; v < port.vlans_size(); ++v) {
        const v1::Vlan& vlan = port.vlans(v);
        check(port.name() + "." + std::to_string(vlan.id()), vlan,
              findings_.element(join(path, "vlans"), v));
      }
    });
  }

  // A device serves one port, and so does the interface behind it.
  void check_device(const v1::Interface& port, const std::string& path) {
    if (port.device().empty()) return;
    const std::string at = join(path, "device");
    const auto [same, is_new] = devices_.try_emplace(device_name(port.device()), path);
    if (!is_new) {
      const std::string name = port.device().substr(0, port.device().find(','));
      findings_.add(at, quote(name) + " is the device of " + same->second + " already");
    }
    const std::string interface = interface_of(port.device());
    if (interface.empty()) return;
    const auto [taken, is_first] = taken_.try_emplace(interface, at);
    if (is_new && !is_first)
      findings_.add(at,
                    "interface " + quote(interface) + " is that of " + taken->second + " already");
  }

  // The name of a kernel interface that is to be made.
  void check_interface(const std::string& name, const std::string& path) {
    constexpr std::size_t kMaxLength = 15;  // IFNAMSIZ - 1
    // The last two are folders of /proc/sys/net/ipv4/conf, and the kernel makes no such interface.
    static const std::set<std::string> kReserved = {"lo", "all", "default"};
    const std::string at = join(path, name.find('.') == std::string::npos ? "name" : "id");
    if (name.size() > kMaxLength) {
      findings_.add(at, "the kernel interface would be " + quote(name) + ", " +
                            std::to_string(name.size()) + " characters; Linux takes " +
                            std::to_string(kMaxLength));
    } else if (kReserved.contains(name)) {
      findings_.add(
          at, quote(name) + " means something else to Linux; no interface can have this name");
    } else if (const auto taken = taken_.find(name); taken != taken_.end()) {
      findings_.add(at, "the kernel interface needs another name: " + quote(name) + " is that of " +
                            taken->second);
    }
  }

  void check_addresses(const Strings& addresses, const std::string& path) {
    for (int i = 0; i < addresses.size(); ++i) {
      const auto prefix = IpPrefix::parse(addresses[i]);
      if (prefix) check_address(prefix->address, findings_.element(join(path, "addresses"), i));
    }
  }

  // Routers are in the networks of the same port or VLAN.
  void check_routes(const Strings& addresses, const Routes& routes, const std::string& path) {
    std::vector<IpPrefix> networks;
    for (const std::string& text : addresses) {
      if (const auto prefix = IpPrefix::parse(text)) networks.push_back(*prefix);
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
    if (const auto own = addresses_.find(*gateway); own != addresses_.end()) {
      return findings_.add(join(path, "gateway"),
                           gateway->text() + " is the gateway itself, by " + own->second);
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
  std::map<std::string, std::string> devices_;  // and the port of each
  std::map<std::string, std::string> taken_;    // interfaces behind devices
};

}  // namespace

void check_network_rules(const v1::Config& config, Findings& findings) {
  NetworkCheck(config, findings).check();
}

}  // namespace junctor::config
