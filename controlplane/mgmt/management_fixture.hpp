// SPDX-License-Identifier: MIT
// A management socket with everything that can be asked behind it, and a client.
//
// Threads   the test's.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/mgmt/configurator.hpp"
#include "controlplane/mgmt/fake_gateway.hpp"
#include "controlplane/mgmt/management.hpp"
#include "controlplane/mgmt/memory_answers.hpp"
#include "controlplane/mgmt/operating_answers.hpp"
#include "controlplane/mgmt/show_answers.hpp"
#include "platform/config/config.hpp"
#include "platform/config/test_disk.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cp {

inline constexpr std::array<CounterDesc, 2> kSeen{
    {{"seen", Severity::Info, "something was seen"}, {"never", Severity::Error, "it was not"}}};

class ManagementTest : public testing::Test {
 protected:
  ManagementTest() {
    counters_.add("test", counts_.descriptions(), counts_.values());
    counts_[0].add(3);
    auto journal = Journal::open(":memory:", journal_counters_);
    EXPECT_TRUE(journal.ok());
    journal_ = std::move(*journal);
    Answers answers([](const std::string&) { return config::v1::ADMIN; });
    add_show_answers(answers, {switchboard_, trunks_, media_, *journal_, trace_, counters_,
                               plugins_, loop_->clock(), "1.2.3", Seconds{1'700'000'000}, 4});
    add_configuration_answers(answers, nullptr);
    add_operating_answers(answers, {switchboard_, trunks_, states_, loop_->clock()});
    add_memory_answers(answers, {media_, trace_, "/nowhere", [] {
                                   return MemoryShown::Now{1000, 2000, 3, 4};
                                 }});
    answers.add_later(
        management::v1::Request::kShowSystem, config::v1::VIEWER,
        [this](const management::v1::Request&, const Answers::Asker&,
               const Answers::OnReply& on_reply) { system_asked_.push_back(on_reply); });
    auto management = Management::listen(*loop_, path_, std::move(answers), counters_);
    EXPECT_TRUE(management.ok());
    management_ = std::move(*management);
    connect();
  }

  void connect() {
    client_ = ipc::Client::connect(
        *loop_, path_, {},
        {.on_connected = [this] { loop_->stop(); },
         .on_frame =
             [this](Bytes frame) {
               replies_.emplace_back();
               ASSERT_TRUE(ipc::parse_frame(frame, replies_.back()));
               if (!replies_.back().more()) loop_->stop();
             },
         .on_disconnected = [this](const std::string&) { ++disconnects_, loop_->stop(); }});
    run();
  }
  void run() {
    const auto limit = loop_->after(Seconds{20}, [this] {
      ADD_FAILURE() << "no answer";
      loop_->stop();
    });
    loop_->run();
  }
  // All pieces of the answer to one request, together.
  management::v1::Reply ask(management::v1::Request request) {
    replies_.clear();
    request.set_id(++last_id_);
    EXPECT_TRUE(client_->send(request));
    run();
    management::v1::Reply whole;
    for (const management::v1::Reply& piece : replies_) {
      EXPECT_EQ(piece.id(), last_id_);
      EXPECT_EQ(piece.more(), &piece != &replies_.back());
      EXPECT_LE(piece.ByteSizeLong(), 400'000u);
      whole.MergeFrom(piece);
    }
    return whole;
  }
  management::v1::Reply show_calls(const std::string& id) {
    management::v1::Request request;
    request.mutable_show_calls()->set_call_id(id);
    return ask(request);
  }
  void add_calls(int count) {
    for (int i = 0; i < count; ++i) switchboard_.ids.push_back("call" + std::to_string(i));
  }
  void add_trace(const std::string& sip_call_id, const std::string& text) {
    TraceEntry entry;
    entry.call_id = sip_call_id;
    entry.text = text;
    entry.wall = std::chrono::microseconds{123};
    entry.hop.peer = *SocketAddress::parse("192.0.2.9:5060");
    trace_.add(std::move(entry));
  }

  ipc::TempDir dir_;
  std::string path_ = dir_ / "management.sock";
  std::unique_ptr<ipc::Loop> loop_ = ipc::make_epoll_loop();
  FakeSwitchboard switchboard_;
  TrunkTable trunks_;
  config::TestDisk disk_;
  TrunkStates states_{disk_, ""};
  FakeMedia media_{*loop_};
  CounterRegistry journal_counters_;
  std::unique_ptr<Journal> journal_;
  Trace trace_{1 << 20};
  CounterRegistry counters_;
  PluginTable plugins_{counters_};
  CounterSet<2> counts_{kSeen};
  std::unique_ptr<Management> management_;
  std::unique_ptr<ipc::Client> client_;
  std::vector<management::v1::Reply> replies_;
  std::vector<Answers::OnReply> system_asked_;  // and not answered
  std::uint64_t last_id_ = 0;
  int disconnects_ = 0;
};

}  // namespace junctor::cp
