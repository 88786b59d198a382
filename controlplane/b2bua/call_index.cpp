// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/call_index.hpp"

#include <algorithm>
#include <utility>

namespace junctor::cp {
namespace {

bool is_wanted(const std::string& wanted, const std::vector<std::string>& all) {
  return wanted.empty() || std::find(all.begin(), all.end(), wanted) != all.end();
}

}  // namespace

bool CallFilter::fits(const CallFacts& facts) const {
  return is_wanted(trunk, facts.trunks) && is_wanted(number, facts.numbers);
}

// A call that comes back to the gateway has the Call-ID of the leg that went out: it is of the
// later call from then on.
void CallIndex::add_sip_call_id(const std::string& call, const std::string& sip_call_id,
                                bool is_calling) {
  sip_calls_.insert_or_assign(sip_call_id, SipCall{call, is_calling ? 0u : 1u});
}

void CallIndex::add_ended(const std::string& call, CallFacts facts) {
  if (!ended_.try_emplace(call, std::move(facts)).second) return;
  order_.push_back(call);
  if (order_.size() > max_ended_) forget_oldest();
}

void CallIndex::forget_oldest() {
  const auto oldest = ended_.find(order_.front());
  for (const std::string& sip_call_id : oldest->second.sip_call_ids) {
    const auto known = sip_calls_.find(sip_call_id);
    if (known != sip_calls_.end() && known->second.call == oldest->first) sip_calls_.erase(known);
  }
  ended_.erase(oldest);
  order_.pop_front();
}

const CallIndex::SipCall* CallIndex::find(std::string_view sip_call_id) const {
  const auto known = sip_calls_.find(std::string(sip_call_id));
  return known == sip_calls_.end() ? nullptr : &known->second;
}

const CallFacts* CallIndex::ended(std::string_view call) const {
  const auto known = ended_.find(std::string(call));
  return known == ended_.end() ? nullptr : &known->second;
}

}  // namespace junctor::cp
