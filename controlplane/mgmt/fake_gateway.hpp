// SPDX-License-Identifier: MIT
// What answers are made of, played for tests: calls that are but ids, and a dataplane that knows
// every session that it is asked for.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/testing/no_switchboard.hpp"
#include "controlplane/media/media_plane.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class FakeSwitchboard final : public NoSwitchboard {
 public:
  std::uint32_t calls() const override { return static_cast<std::uint32_t>(ids.size()); }
  std::vector<management::v1::Call> show(std::string_view call_id) const override {
    std::vector<management::v1::Call> out;
    for (const std::string& id : ids) {
      if (!call_id.empty() && id != call_id) continue;
      out.emplace_back().set_id(id);
      out.back().set_called("1000");
    }
    return out;
  }
  std::vector<std::string> find(std::string_view id_begin) const override {
    if (std::ranges::find(ids, id_begin) != ids.end()) return {std::string(id_begin)};
    std::vector<std::string> out;
    for (const std::string& id : ids)
      if (id.starts_with(id_begin)) out.push_back(id);
    return out;
  }
  bool clear(std::string_view call_id, std::string_view) override {
    return std::erase(ids, call_id) > 0;
  }
  std::vector<std::string> sip_call_ids(std::string_view call_id) const override {
    return {std::string(call_id) + "-in", std::string(call_id) + "-out"};
  }
  std::vector<std::string> last_calls(std::uint32_t how_many,
                                      const CallFilter& filter) const override {
    std::vector<std::string> out;
    for (const std::string& id : ids)
      if (out.size() < how_many && fits(id, filter)) out.push_back(id);
    return out;
  }
  const CallIndex::SipCall* call_of(std::string_view sip_call_id) const override {
    return index.find(sip_call_id);
  }
  // Each call is of the trunk of its name.
  bool fits(std::string_view call_id, const CallFilter& filter) const override {
    return filter.trunk.empty() || filter.trunk == call_id;
  }
  void summarize(std::uint32_t newest, management::v1::Reply& reply) const override {
    reply.mutable_call_summary()->set_calls(calls());
    for (std::size_t i = 0; i < ids.size() && i < newest; ++i) reply.add_calls()->set_id(ids[i]);
  }
  CallIndex index{10};
  std::vector<std::string> ids;
};

// Answers on a later turn of the loop, as the real one does.
class FakeMedia final : public MediaPlane {
 public:
  explicit FakeMedia(ipc::Loop& loop) : loop_(loop) {}
  void set_listener(Listener) override {}
  std::optional<std::uint16_t> allocate_port(const IpAddress&) override { return {}; }
  bool claim_port(const IpAddress&, std::uint16_t) override { return true; }
  void release_port(const IpAddress&, std::uint16_t) override {}
  void apply(media::v1::Session) override {}
  void remove(const std::string&, OnRemoved) override {}
  void get_statistics(const media::v1::GetStatistics& what, OnStatistics on_answer) override {
    most_at_once = std::max(most_at_once, what.session_ids_size());
    loop_.post([this, what, on_answer] {
      if (!is_there) return on_answer(std::nullopt);
      media::v1::Statistics statistics;
      for (const auto& id : what.session_ids()) statistics.add_sessions()->set_id(id);
      if (what.ports()) statistics.add_ports()->set_name("lan");
      if (what.workers()) statistics.add_workers()->set_core(1);
      if (what.memory()) statistics.add_memory()->set_what("flows");
      if (what.counters()) {
        statistics.add_counters()->set_name("rtp_relay.wrong_source");
        statistics.add_counters()->set_name("rtp_relay.relayed");
        statistics.mutable_counters(1)->set_value(9);
      }
      on_answer(statistics);
    });
  }
  bool is_connected() const override { return is_there; }
  bool is_there = true;
  int most_at_once = 0;

 private:
  ipc::Loop& loop_;
};

}  // namespace junctor::cp
