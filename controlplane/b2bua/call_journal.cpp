// SPDX-License-Identifier: MIT
// A call written down, and rebuilt.
#include "controlplane/b2bua/call.hpp"
#include "controlplane/b2bua/journal_codec.hpp"
#include "journal/v1/journal.pb.h"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {

namespace {

constexpr std::uint32_t kVersion = 1;

void write_leg(const Leg& leg, journal::v1::Leg& out) {
  out.set_trunk(leg.trunk()->name());
  out.set_incoming(leg.is_incoming());
  write_dialog(leg.dialog(), *out.mutable_dialog());
  write_media(leg.media().save(), *out.mutable_media());
}

}  // namespace

void Call::save() {
  const bool is_joined = state_ == State::Joining || state_ == State::Established;
  if (!is_joined || !caller_->media().has_agreed() || !callee_->media().has_agreed()) return;
  journal::v1::Call out;
  out.set_version(kVersion);
  out.set_id(id_);
  out.set_started_unix_ms(started_ms_);
  out.set_answered_unix_ms(answered_ms_);
  out.set_calling(parties_.calling);
  out.set_calling_display(parties_.calling_display);
  out.set_called(parties_.called);
  out.set_called_out(called_out_);
  out.set_route(route_);
  for (const std::string& call_id : sip_call_ids_) out.add_sip_call_ids(call_id);
  write_leg(*caller_, *out.mutable_caller());
  write_leg(*callee_, *out.mutable_callee());
  const std::string value = out.SerializeAsString();
  const std::size_t hash = std::hash<std::string>{}(value);
  if (hash == saved_hash_) return;
  saved_hash_ = hash;
  exchange_.given.journal.save(id_, value);
}

bool Call::restore(std::string_view value) {
  journal::v1::Call in;
  if (!in.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      in.version() != kVersion) {
    return false;
  }
  const auto make = [&](const journal::v1::Leg& saved) -> std::unique_ptr<Leg> {
    const TrunkPtr trunk = exchange_.given.trunks.find(saved.trunk());
    if (!trunk || saved.dialog().call_id().empty()) return nullptr;
    Dialog dialog = read_dialog(saved.dialog());
    dialog.local_cseq += kResumeStep;
    auto leg = std::make_unique<Leg>(exchange_, *this, trunk, std::move(dialog));
    if (!leg->media().claim(read_media(saved.media()))) return nullptr;
    leg->restore(saved.incoming());
    return leg;
  };
  started_ms_ = in.started_unix_ms();
  answered_ms_ = in.answered_unix_ms();
  parties_.calling = in.calling();
  parties_.calling_display = in.calling_display();
  parties_.called = in.called();
  called_out_ = in.called_out();
  trunk_out_ = in.callee().trunk();
  route_ = in.route();
  sip_call_ids_.assign(in.sip_call_ids().begin(), in.sip_call_ids().end());
  caller_ = make(in.caller());
  callee_ = make(in.callee());
  if (!caller_ || !callee_) return false;
  state_ = State::Established;
  is_resumed_ = true;
  exchange_.count(kCallsResumed);
  apply_media();
  save();
  return true;
}

}  // namespace junctor::cp
