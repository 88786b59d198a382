// SPDX-License-Identifier: MIT
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "controlplane/routing/trunk.hpp"

namespace junctor::cp {
namespace {

const config::v1::Listener* find_listener(const config::v1::Config& config,
                                          const std::string& name) {
  for (const auto& listener : config.sip().listeners())
    if (listener.name() == name) return &listener;
  return nullptr;
}

// Where voice of the trunk is received.
Result<IpAddress> media_address_of(const config::v1::Config& config,
                                   const config::v1::Trunk& trunk) {
  const auto* listener = find_listener(config, trunk.listener());
  if (listener == nullptr) return Error{"listener", "there is no listener " + trunk.listener()};
  const std::string& text =
      trunk.media_address().empty() ? listener->address() : trunk.media_address();
  const auto address = IpAddress::parse(text);
  if (!address) return Error{"media_address", text + " is no address for voice"};
  return *address;
}

// The trunk with its codecs where it names a profile of them: a change of the profile is one of the
// trunk.
config::v1::Trunk with_codecs(const config::v1::Config& config, config::v1::Trunk trunk) {
  if (!trunk.codecs().empty() || trunk.codec_profile().empty()) return trunk;
  for (const auto& profile : config.media().codec_profiles())
    if (profile.name() == trunk.codec_profile()) *trunk.mutable_codecs() = profile.codecs();
  return trunk;
}

// A trunk as its configuration says, before anything is known of it.
Result<TrunkPtr> make_trunk(const config::v1::Trunk& config, const IpAddress& media_address,
                            const PluginTable& plugins) {
  auto dialect = make_dialect(config, plugins);
  if (!dialect) return dialect.error();
  return std::make_shared<Trunk>(config, media_address, std::move(*dialect));
}

// Whether the trunk is what that configuration would make.
bool is_same(const Trunk& trunk, const config::v1::Trunk& config, const IpAddress& media_address) {
  // Made, not compared as it stands: a trunk fills in its lists of defaults.
  const Trunk wanted(config, media_address, nullptr);
  return trunk.media_address() == media_address &&
         google::protobuf::util::MessageDifferencer::Equals(trunk.config(), wanted.config());
}

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const config::v1::Trunk& trunk,
                                              const PluginTable& plugins) {
  interop::TrunkContext context;
  context.trunk = trunk.name();
  context.options.insert(trunk.plugin_options().begin(), trunk.plugin_options().end());
  return plugins.create(trunk.plugin(), std::move(context));
}

Result<void> TrunkTable::configure(const config::v1::Config& config, const PluginTable& plugins) {
  std::vector<TrunkPtr> trunks;
  for (const auto& given : config.trunks()) {
    const config::v1::Trunk wanted = with_codecs(config, given);
    const auto at_path = [index = trunks.size()](const Error& error) {
      return Error{"trunks[" + std::to_string(index) + "]." + error.where, error.message};
    };
    for (const auto& peer : wanted.peers())
      if (!IpAddress::parse(peer.address()))
        return at_path({"peers", peer.address() + " is no IP address"});
    const auto media_address = media_address_of(config, wanted);
    if (!media_address) return at_path(media_address.error());
    const TrunkPtr before = find(wanted.name());
    if (before && is_same(*before, wanted, *media_address)) {
      trunks.push_back(before);
      continue;
    }
    Result<TrunkPtr> trunk = make_trunk(wanted, *media_address, plugins);
    if (!trunk) return at_path(trunk.error());
    if (const TrunkPtr known = before ? before : find_retired(wanted.name()))
      (*trunk)->replace(known);  // also one that was removed and comes back
    trunks.push_back(std::move(*trunk));
  }
  sources_.clear();
  retire(trunks);
  trunks_ = std::move(trunks);
  index();
  return {};
}

void TrunkTable::set_message_rules(const MessageRules& rules) {
  for (const TrunkPtr& trunk : trunks_) trunk->dialect().set_rules(rules.of(trunk->name()));
  for (const Retired& one : retired_) one.trunk->dialect().set_rules(rules.of(one.trunk->name()));
}

void TrunkTable::retire(const std::vector<TrunkPtr>& successors) {
  // Far longer than any transaction (RFC 3261: 64 * T1 is 32 s).
  constexpr std::chrono::minutes kKept{5};
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(retired_,
                [&](const Retired& r) { return r.trunk->calls == 0 && now - r.since > kKept; });
  for (const TrunkPtr& trunk : trunks_) {
    if (std::find(successors.begin(), successors.end(), trunk) != successors.end()) continue;
    trunk->retire();
    retired_.push_back({trunk, now});
  }
}

void TrunkTable::index() {
  sources_.clear();
  for (const TrunkPtr& trunk : trunks_)
    for (const TrunkPeer& peer : trunk->peers())
      sources_[Source{peer.hop.peer.ip, peer.hop.listener}].push_back(
          Origin{peer.hop.peer.port, trunk});
  for (auto it = retired_.rbegin(); it != retired_.rend(); ++it) {
    for (const TrunkPeer& peer : it->trunk->peers()) {
      auto& origins = sources_[Source{peer.hop.peer.ip, peer.hop.listener}];
      if (origins.empty()) origins.push_back(Origin{peer.hop.peer.port, it->trunk});
    }
  }
}

TrunkPtr TrunkTable::find(std::string_view name) const {
  for (const TrunkPtr& trunk : trunks_)
    if (trunk->name() == name) return trunk;
  return nullptr;
}

TrunkPtr TrunkTable::find_retired(std::string_view name) const {
  for (auto it = retired_.rbegin(); it != retired_.rend(); ++it)
    if (it->trunk->name() == name) return it->trunk;
  return nullptr;
}

std::vector<TrunkPtr> TrunkTable::removed() const {
  std::vector<TrunkPtr> out;
  for (const Retired& one : retired_) {
    if (one.trunk->calls == 0 || find(one.trunk->name())) continue;
    const TrunkPtr trunk = find_retired(one.trunk->name());
    if (std::find(out.begin(), out.end(), trunk) == out.end()) out.push_back(trunk);
  }
  return out;
}

Result<void> TrunkTable::add_removed(const config::v1::Config& config,
                                     const config::v1::Trunk& trunk, const PluginTable& plugins) {
  const auto media_address = media_address_of(config, trunk);
  if (!media_address) return media_address.error();
  Result<TrunkPtr> made = make_trunk(trunk, *media_address, plugins);
  if (!made) return made.error();
  (*made)->retire();
  retired_.push_back({std::move(*made), std::chrono::steady_clock::now()});
  index();
  return {};
}

TrunkPtr TrunkTable::find_by_source(std::string_view listener, const SocketAddress& source) const {
  const auto at = sources_.find(Source{source.ip, std::string(listener)});
  if (at == sources_.end()) return nullptr;
  for (const Origin& origin : at->second)
    if (origin.port == source.port) return origin.trunk;
  return at->second.front().trunk;
}

}  // namespace junctor::cp
