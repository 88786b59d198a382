// SPDX-License-Identifier: MIT
// CallIndex: what is remembered of calls for those who look for one: which call a SIP Call-ID is
// of, and of the calls that ended who took part.
//
//   SIP Call-ID --> call, leg              id of an ended call --> its SIP Call-IDs, trunks, numbers
//
// Threads   the control loop's.
// Lifetime  of ended calls the last max_ended are kept; a live one until it is remembered as ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace junctor::cp {

struct CallFacts {
  std::vector<std::string> sip_call_ids;  // the calling side's first
  std::vector<std::string> trunks;        // also those that were tried
  std::vector<std::string> numbers;       // calling and called, as they came and went out
};

// Which calls are meant; what is empty is not asked for.
struct CallFilter {
  std::string trunk;
  std::string number;

  bool is_empty() const { return trunk.empty() && number.empty(); }
  bool fits(const CallFacts& facts) const;
};

class CallIndex {
 public:
  struct SipCall {
    std::string call;
    std::uint32_t leg = 0;  // 0 the calling side, 1 the called side
  };

  explicit CallIndex(std::size_t max_ended) : max_ended_(max_ended) {}

  void add_sip_call_id(const std::string& call, const std::string& sip_call_id, bool is_calling);
  void add_ended(const std::string& call, CallFacts facts);

  const SipCall* find(std::string_view sip_call_id) const;
  const CallFacts* ended(std::string_view call) const;

 private:
  void forget_oldest();

  std::size_t max_ended_;
  std::unordered_map<std::string, SipCall> sip_calls_;
  std::unordered_map<std::string, CallFacts> ended_;
  std::deque<std::string> order_;  // of the ended ones, the newest last
};

}  // namespace junctor::cp
