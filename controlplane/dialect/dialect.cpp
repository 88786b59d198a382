// SPDX-License-Identifier: MIT
#include "controlplane/dialect/dialect.hpp"

#include <utility>

#include "controlplane/dialect/plugin_library.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp {

Dialect::Dialect(std::shared_ptr<PluginLibrary> library, std::unique_ptr<interop::Plugin> plugin)
    : library_(std::move(library)), plugin_(std::move(plugin)) {
  JUNCTOR_ASSERT(library_ != nullptr && plugin_ != nullptr);
}

Dialect::~Dialect() = default;

std::string_view Dialect::plugin_name() const { return library_->descriptor().name; }

interop::Verdict Dialect::receive(interop::Message& message) {
  const interop::Verdict verdict = rules_.receive(message);
  if (verdict.kind == interop::Verdict::Kind::Refuse) return verdict;
  return count(plugin_->on_receive(message), PluginLibrary::kMessagesReceived);
}

interop::Verdict Dialect::send(interop::Message& message) {
  const auto verdict = count(plugin_->on_send(message), PluginLibrary::kMessagesSent);
  if (verdict.kind != interop::Verdict::Kind::Refuse) rules_.send(message);
  return verdict;
}

interop::Verdict Dialect::receive_sdp(interop::Sdp& sdp, interop::SdpRole role) {
  return count(plugin_->on_receive_sdp(sdp, role), PluginLibrary::kDescriptionsReceived);
}

interop::Verdict Dialect::send_sdp(interop::Sdp& sdp, interop::SdpRole role) {
  return count(plugin_->on_send_sdp(sdp, role), PluginLibrary::kDescriptionsSent);
}

interop::Verdict Dialect::count(interop::Verdict verdict, std::size_t traffic) {
  using Kind = interop::Verdict::Kind;
  constexpr std::uint16_t kLowestRefusal = 400;
  constexpr std::uint16_t kHighestRefusal = 699;
  constexpr std::uint16_t kServerError = 500;
  library_->traffic()[traffic].add();
  if (verdict.kind == Kind::Pass) return verdict;

  bool is_sound = verdict.counter < library_->reasons().size();
  if (is_sound) library_->reasons()[verdict.counter].add();
  if (verdict.kind == Kind::Refuse &&
      (verdict.status < kLowestRefusal || verdict.status > kHighestRefusal)) {
    verdict.status = kServerError;
    is_sound = false;
  }
  if (!is_sound) library_->traffic()[PluginLibrary::kFaults].add();
  return verdict;
}

}  // namespace junctor::cp
