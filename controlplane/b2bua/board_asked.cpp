// SPDX-License-Identifier: MIT
// Board: what operators ask of it and have it do: calls and how they are found, test calls.
#include <algorithm>
#include <map>

#include "controlplane/b2bua/board.hpp"
#include "controlplane/b2bua/identity.hpp"

namespace junctor::cp {
namespace {

constexpr std::uint32_t kMaxTests = 8;  // at once

}  // namespace

Result<std::string> Board::start_test(const TestOrder& order) {
  if (live_tests >= kMaxTests) {
    return Error{"", std::to_string(kMaxTests) + " test calls last, as many as may"};
  }
  if (!order.trunk->has_room() || calls() >= max_calls(order.trunk)) {
    return Error{"", "trunk " + order.trunk->name() + " takes no more calls now"};
  }
  if (is_loopback(order.trunk) && order.trunk->calls > 0)
    return Error{"", "a loopback call lasts already"};
  auto call = std::make_shared<TestCall>(static_cast<Exchange&>(*this), make_token(), order);
  calls_.emplace(call->id(), call);
  begin(call->id());
  call->enter();
  call->start();
  call->leave();
  return call->id();
}

std::optional<junctor::management::v1::CallTest> Board::test(std::string_view call_id) const {
  const auto live = calls_.find(std::string(call_id));
  if (live != calls_.end()) return live->second->test();
  const auto ended = std::find_if(ended_tests_.begin(), ended_tests_.end(),
                                  [&](const auto& test) { return test.call_id() == call_id; });
  return ended == ended_tests_.end() ? std::nullopt : std::optional(*ended);
}

void Board::end_test(std::string_view call_id) {
  const auto live = calls_.find(std::string(call_id));
  if (live == calls_.end() || !live->second->test()) return;
  Cause cause = gateway_cause(0, "hung up by who asked for it");
  cause.by = By::Caller;
  with_call(live->first, [&](LiveCall& call) { call.end(cause); });
}

std::vector<junctor::management::v1::Call> Board::show(std::string_view call_id) const {
  std::vector<junctor::management::v1::Call> out;
  for (const auto& [id, call] : calls_) {
    if (call_id.empty() || call_id == id) out.push_back(call->show());
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a.started_unix_ms(), a.id()) < std::pair(b.started_unix_ms(), b.id());
  });
  return out;
}

std::string Board::find_any(std::string_view id_begin) const {
  std::string only;
  for (const std::string& id : order_) {
    if (id == id_begin) return id;
    if (!id.starts_with(id_begin)) continue;
    if (!only.empty()) return std::string(id_begin);
    only = id;
  }
  return only.empty() ? std::string(id_begin) : only;
}

std::vector<std::string> Board::find(std::string_view id_begin) const {
  if (calls_.contains(std::string(id_begin))) return {std::string(id_begin)};
  std::vector<std::string> out;
  for (const auto& [id, call] : calls_) {
    if (id.starts_with(id_begin)) out.push_back(id);
  }
  std::ranges::sort(out);
  return out;
}

bool Board::clear(std::string_view call_id, std::string_view user) {
  const auto found = calls_.find(std::string(call_id));
  if (found == calls_.end()) return false;
  const std::shared_ptr<LiveCall> call = found->second;
  call->enter();
  call->end(operator_cause(user));
  call->leave();
  return true;
}

std::vector<std::string> Board::sip_call_ids(std::string_view call_id) const {
  if (const auto live = calls_.find(std::string(call_id)); live != calls_.end()) {
    return live->second->sip_call_ids();
  }
  const CallFacts* ended = index_.ended(call_id);
  return ended == nullptr ? std::vector<std::string>{} : ended->sip_call_ids;
}

std::vector<std::string> Board::last_calls(std::uint32_t how_many, const CallFilter& filter) const {
  std::vector<std::string> out;
  for (auto id = order_.rbegin(); id != order_.rend() && out.size() < how_many; ++id) {
    if (fits(*id, filter)) out.push_back(*id);
  }
  return out;
}

void Board::summarize(std::uint32_t newest, junctor::management::v1::Reply& reply) const {
  std::map<std::string, std::uint32_t> states;
  for (const auto& [id, call] : calls_) ++states[call->state_name()];
  junctor::management::v1::CallSummary& summary = *reply.mutable_call_summary();
  summary.set_calls(live_calls);
  summary.set_begun(counters[kCallsIn].value());
  for (const auto& [state, count_of_it] : states) {
    junctor::management::v1::StateCount& row = *summary.add_states();
    row.set_state(state);
    row.set_calls(count_of_it);
  }
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    if (static_cast<std::uint32_t>(reply.calls_size()) >= newest) break;
    if (const auto live = calls_.find(*id); live != calls_.end())
      *reply.add_calls() = live->second->show();
  }
}

bool Board::fits(std::string_view call_id, const CallFilter& filter) const {
  if (filter.is_empty()) return true;
  if (const auto live = calls_.find(std::string(call_id)); live != calls_.end())
    return filter.fits(live->second->facts());
  const CallFacts* ended = index_.ended(call_id);
  return ended != nullptr && filter.fits(*ended);
}

}  // namespace junctor::cp
