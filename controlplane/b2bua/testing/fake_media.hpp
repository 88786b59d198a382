// SPDX-License-Identifier: MIT
// FakeMedia and FakeJournal: what calls told the dataplane and the journal, kept for the test to
// look at.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controlplane/journal/journal.hpp"
#include "controlplane/media/media_plane.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp::testing {

class FakeMedia final : public MediaPlane {
 public:
  void set_listener(Listener to) override { listener = std::move(to); }
  std::optional<std::uint16_t> allocate_port(const IpAddress& local) override {
    if (ports.size() >= limit) return std::nullopt;
    next_ = next_ >= 60000 ? 20000 : next_ + 2;
    while (ports.contains({local, static_cast<std::uint16_t>(next_)})) next_ += 2;
    ports.insert({local, static_cast<std::uint16_t>(next_)});
    return static_cast<std::uint16_t>(next_);
  }
  bool claim_port(const IpAddress& local, std::uint16_t port) override {
    return ports.insert({local, port}).second;
  }
  void release_port(const IpAddress& local, std::uint16_t port) override {
    JUNCTOR_ASSERT(ports.erase({local, port}) == 1);
  }
  void apply(junctor::media::v1::Session session) override {
    ++applied;
    // Whatever is described must be on ports that are held, and be complete.
    for (const auto& leg : session.legs()) {
      JUNCTOR_ASSERT(leg.ssrc() != 0 && !leg.cname().empty());
      JUNCTOR_ASSERT(ports.contains({IpAddress::from_bytes(as_bytes(leg.local().ip())),
                                     static_cast<std::uint16_t>(leg.local().port())}));
    }
    sessions[session.id()] = std::move(session);
  }
  void remove(const std::string& session_id,
              std::function<void(std::optional<junctor::media::v1::SessionStatistics>)> on_removed)
      override {
    JUNCTOR_ASSERT(sessions.erase(session_id) == 1);
    junctor::media::v1::SessionStatistics statistics;
    statistics.set_id(session_id);
    statistics.add_legs()->set_packets_received(1);
    statistics.add_legs()->set_packets_received(2);
    if (heard) *statistics.mutable_heard() = *heard;
    if (on_removed) on_removed(is_away ? std::nullopt : std::optional(statistics));
  }
  void get_statistics(
      const junctor::media::v1::GetStatistics& what,
      std::function<void(std::optional<junctor::media::v1::Statistics>)> on_answer) override {
    if (!heard) return on_answer(std::nullopt);
    junctor::media::v1::Statistics statistics;
    statistics.add_sessions()->set_id(what.session_ids(0));
    *statistics.mutable_sessions(0)->mutable_heard() = *heard;
    on_answer(statistics);
  }
  bool is_connected() const override { return !is_away; }

  Listener listener;
  std::map<std::string, junctor::media::v1::Session> sessions;
  std::set<std::pair<IpAddress, std::uint16_t>> ports;
  std::size_t limit = 10000;
  std::size_t applied = 0;
  bool is_away = false;
  std::optional<junctor::media::v1::Heard> heard;  // by an endpoint, whoever asks

 private:
  unsigned next_ = 20000;
};

class FakeJournal final : public Journal {
 public:
  void save(std::string_view call_id, std::string_view value) override {
    calls[std::string(call_id)] = value;
    ++saves;
  }
  void erase(std::string_view call_id) override { calls.erase(std::string(call_id)); }
  std::vector<Entry> load() override {
    std::vector<Entry> out;
    for (const auto& [id, value] : calls) out.push_back({id, value});
    return out;
  }
  void finish(const junctor::management::v1::CallRecord& record) override {
    calls.erase(record.id());
    finished.push_back(record);
  }
  std::vector<junctor::management::v1::CallRecord> records(std::uint32_t) override {
    return {finished.rbegin(), finished.rend()};
  }

  std::map<std::string, std::string> calls;
  std::vector<junctor::management::v1::CallRecord> finished;
  std::size_t saves = 0;
};

}  // namespace junctor::cp::testing
