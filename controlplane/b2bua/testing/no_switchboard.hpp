// SPDX-License-Identifier: MIT
// NoSwitchboard: one without any call, for tests of what asks a switchboard: they override what they
// ask for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/switchboard.hpp"

namespace junctor::cp {

class NoSwitchboard : public Switchboard {
 public:
  void set_settings(const Settings&) override {}
  std::uint32_t resume() override { return 0; }
  Result<std::string> start_test(const TestOrder&) override { return Error{"", "none"}; }
  std::optional<management::v1::CallTest> test(std::string_view) const override { return {}; }
  void end_test(std::string_view) override {}
  void on_request(std::unique_ptr<ServerTransaction>) override {}
  void on_stray_ack(const interop::Message&, void*) override {}
  void on_stray_answer(const interop::Message&) override {}
  DialogPeers& dialog_peers() override { return dialog_peers_; }
  std::uint32_t calls() const override { return 0; }
  std::vector<management::v1::Call> show(std::string_view) const override { return {}; }
  std::vector<std::string> find(std::string_view) const override { return {}; }
  bool clear(std::string_view, std::string_view) override { return false; }
  std::vector<std::string> sip_call_ids(std::string_view) const override { return {}; }
  std::vector<std::string> last_calls(std::uint32_t, const CallFilter&) const override {
    return {};
  }
  const CallIndex::SipCall* call_of(std::string_view) const override { return nullptr; }
  bool fits(std::string_view, const CallFilter&) const override { return true; }
  void summarize(std::uint32_t, management::v1::Reply&) const override {}

 private:
  SystemClock clock_;
  DialogPeers dialog_peers_{clock_};
};

}  // namespace junctor::cp
