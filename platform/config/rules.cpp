// SPDX-License-Identifier: MIT
#include "platform/config/rules.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "platform/base/address.hpp"
#include "platform/config/codecs.hpp"
#include "platform/config/number_pattern.hpp"

namespace junctor::config {
namespace {

const v1::Listener* find_listener(const v1::Config& config, const std::string& name) {
  for (const v1::Listener& listener : config.sip().listeners()) {
    if (listener.name() == name) return &listener;
  }
  return nullptr;
}

bool offers(const v1::Listener& listener, v1::Transport transport) {
  const auto& transports = listener.transports();  // none: all
  return transports.empty() ||
         std::find(transports.begin(), transports.end(), transport) != transports.end();
}

std::string on_line(const Findings& findings, const std::string& path) {
  return findings.line_note(path);
}

// A route that no call can reach, since one before it takes every number that it takes.
void check_routes(const v1::Config& config, Findings& findings) {
  struct Known {
    const v1::Route* route;
    NumberPattern pattern;
    std::string path;
  };
  std::vector<Known> earlier;
  for (int i = 0; i < config.routes_size(); ++i) {
    const v1::Route& route = config.routes(i);
    auto pattern = NumberPattern::parse(route.called());
    if (!pattern) continue;
    const std::string path = findings.element("routes", i);
    const auto takes_all = [&](const Known& known) {
      const bool is_wider = !known.route->has_from() || known.route->from() == route.from();
      return is_wider && known.pattern.covers(*pattern);
    };
    const auto at = std::ranges::find_if(earlier, takes_all);
    if (at != earlier.end()) {
      const std::string from = at->route->has_from() ? ", from " + at->route->from() : "";
      findings.add(path, "route " + quote(route.name()) + " is never reached: route " +
                             quote(at->route->name()) + on_line(findings, at->path) +
                             " takes every such call before it (" + at->route->called() + from +
                             ")");
    }
    earlier.push_back({&route, *std::move(pattern), path});
  }
}

// A route that takes calls and can send none of them on, since nothing is left of their numbers.
void check_strip(const v1::Config& config, Findings& findings) {
  for (int i = 0; i < config.routes_size(); ++i) {
    const v1::Route& route = config.routes(i);
    const auto pattern = NumberPattern::parse(route.called());
    if (!pattern || !route.prefix().empty() || route.strip() < pattern->longest()) continue;
    findings.add(join(findings.element("routes", i), "strip"),
                 std::to_string(route.strip()) + " leaves nothing of a number that " +
                     pattern->text() + " takes, and there is no prefix");
  }
}

void check_media_ports(const v1::Config& config, Findings& findings) {
  const v1::Media& media = config.media();
  const std::string min = std::to_string(media.port_min());
  const std::string max = std::to_string(media.port_max());
  if (media.port_min() % 2 != 0)
    findings.add("media.port_min", min + " is odd; RTP takes the even ports");
  if (media.port_max() % 2 != 1) {
    findings.add("media.port_max", max + " is even; the last port is that of RTCP, an odd one");
  }
  if (media.port_min() >= media.port_max()) {
    findings.add("media.port_max", max + " is not above port_min, which is " + min);
  }
}

void check_listeners(const v1::Config& config, Findings& findings) {
  std::map<std::tuple<IpAddress, std::uint32_t, v1::Transport>, std::string> taken;
  for (int i = 0; i < config.sip().listeners_size(); ++i) {
    const v1::Listener& listener = config.sip().listeners(i);
    const auto address = IpAddress::parse(listener.address());
    if (!address) continue;
    const std::string path = findings.element("sip.listeners", i);
    const v1::Media& media = config.media();
    if (listener.port() >= media.port_min() && listener.port() <= media.port_max()) {
      findings.add(join(path, "port"),
                   std::to_string(listener.port()) + " is one of the ports for voice, " +
                       std::to_string(media.port_min()) + ".." + std::to_string(media.port_max()));
    }
    for (const v1::Transport transport : {v1::UDP, v1::TCP}) {
      if (!offers(listener, transport)) continue;
      const auto [at, is_new] = taken.try_emplace({*address, listener.port(), transport}, path);
      if (is_new) continue;
      findings.add(join(path, "address"), at->second + on_line(findings, at->second) +
                                              " has this address, port and transport already");
      break;
    }
  }
}

void check_codecs(const google::protobuf::RepeatedPtrField<std::string>& codecs,
                  const std::string& path, Findings& findings) {
  std::set<const CodecName*> seen;
  bool has_voice = codecs.empty();
  for (int i = 0; i < codecs.size(); ++i) {
    const CodecName* codec = find_codec(codecs[i]);
    if (codec == nullptr) return;
    has_voice = has_voice || codec->is_voice;
    if (!seen.insert(codec).second)
      findings.add(findings.element(path, i), quote(codecs[i]) + " is there twice");
  }
  if (!has_voice) findings.add(path, "none of these carries voice");
}

void check_codec_profiles(const v1::Config& config, Findings& findings) {
  const std::string list = "media.codec_profiles";
  for (int i = 0; i < config.media().codec_profiles_size(); ++i) {
    check_codecs(config.media().codec_profiles(i).codecs(),
                 join(findings.element(list, i), "codecs"), findings);
  }
}

// What a trunk and its listener must agree in.
class TrunkCheck {
 public:
  TrunkCheck(const v1::Config& config, Findings& findings) : config_(config), findings_(findings) {}

  void check(const v1::Trunk& trunk, const std::string& path) {
    check_codecs(trunk.codecs(), join(path, "codecs"), findings_);
    if (!trunk.codecs().empty() && !trunk.codec_profile().empty())
      findings_.add(join(path, "codec_profile"), "a list of codecs is given as well");
    const v1::Listener* listener = find_listener(config_, trunk.listener());
    if (listener == nullptr) return;
    if (!offers(*listener, trunk.transport())) {
      const std::string at = findings_.is_given(join(path, "transport")) ? "transport" : "listener";
      findings_.add(join(path, at), "listener " + quote(listener->name()) + " does not offer " +
                                        v1::Transport_Name(trunk.transport()));
    }
    for (int i = 0; i < trunk.peers_size(); ++i) {
      check_peer(trunk, *listener, trunk.peers(i), findings_.element(join(path, "peers"), i));
    }
  }

 private:
  void check_peer(const v1::Trunk& trunk, const v1::Listener& listener, const v1::Peer& peer,
                  const std::string& path) {
    const auto address = IpAddress::parse(peer.address());
    const auto local = IpAddress::parse(listener.address());
    if (!address || !local) return;
    const std::string at = join(path, "address");
    if (address->is_unspecified() || address->is_multicast()) {
      return findings_.add(at, address->text() + " is not the address of one host");
    }
    if (address->family() != local->family()) {
      findings_.add(at, address->text() + " cannot be reached from listener " +
                            quote(listener.name()) + " at " + local->text() +
                            (local->is_v4() ? ": one is IPv6, the other IPv4"
                                            : ": one is IPv4, the other IPv6"));
    }
    if (*address == *local && peer.port() == listener.port()) {
      findings_.add(at, "this is listener " + quote(listener.name()) + " of the gateway itself");
    }
    const auto [known, is_new] = peers_.try_emplace(
        {listener.name(), trunk.transport(), *address, peer.port()}, trunk.name());
    if (!is_new && known->second != trunk.name()) {
      findings_.add(
          at, "trunk " + quote(known->second) + " has this peer on the same listener already");
    }
  }

  const v1::Config& config_;
  Findings& findings_;
  std::map<std::tuple<std::string, v1::Transport, IpAddress, std::uint32_t>, std::string> peers_;
};

}  // namespace

void check_rules(const v1::Config& config, Findings& findings) {
  check_media_ports(config, findings);
  check_network_rules(config, findings);
  check_listeners(config, findings);
  check_codec_profiles(config, findings);
  TrunkCheck trunk_check(config, findings);
  for (int i = 0; i < config.trunks_size(); ++i) {
    trunk_check.check(config.trunks(i), findings.element("trunks", i));
  }
  check_routes(config, findings);
  check_strip(config, findings);
  check_number_plans(config, findings);
  check_message_rules(config, findings);
}

}  // namespace junctor::config
