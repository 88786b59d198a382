// SPDX-License-Identifier: MIT
// For tests: a gateway that keeps revisions, and a console whose lines it answers.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "platform/cli/gateway_language.hpp"
#include "platform/config/config.hpp"
#include "platform/config/diff.hpp"
#include "platform/console/once.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::cli {

// Keeps revisions as junctor-control does.
class FakeGateway {
 public:
  Result<management::v1::Reply> ask(const management::v1::Request& request) {
    management::v1::Reply reply;
    if (request.has_get_config()) return get(request.get_config().revision());
    if (request.has_commit()) return commit(request.commit());
    if (request.has_lock_config()) {
      if (!refuses_lock.empty()) return Error{"", refuses_lock};
      is_locked = !request.lock_config().release();
    } else if (request.has_show_records()) {
      reply.add_records()->set_id("ended");
      reply.mutable_records(0)->set_called("4711");
    } else if (request.has_show_trace()) {
      if (request.show_trace().call_id() == "none") return Error{"", "nothing is kept of it"};
      asked_trace = request.show_trace();
      reply.add_trace()->set_call_id("ended");
      reply.mutable_trace(0)->set_summary("INVITE");
      reply.mutable_trace(0)->set_text("INVITE\r\nAuthorization: Digest f00d\r\n");
    } else if (request.has_show_hardware()) {
      *reply.mutable_hardware() = hardware;
    } else if (request.has_show_version()) {
      *reply.mutable_version() = version;
    } else if (request.has_restart_program()) {
      restarted.push_back(request.restart_program().program());
      reply.add_notes("it ends now and is started again");
    } else if (request.has_show_log()) {
      for (int i = 0; i < 400; ++i) reply.add_log()->set_text("said " + std::to_string(i));
    } else if (request.has_set_debug()) {
      asked_debug = request.set_debug();
    } else if (request.has_show_plugins()) {
      auto& plugin = *reply.add_plugins();
      plugin.set_name("plain");
      auto& option = *plugin.add_options();
      option.set_name("hold");
      option.set_pattern("inactive|as_is");
      option.set_default_value("inactive");
    } else if (request.has_show_trunks()) {
      reply.add_trunks()->set_name("pbx");
    } else if (request.has_watch_calls()) {
      auto& call = *reply.add_calls();
      call.set_id("3f2a9c");
      call.set_calling("2001");
      call.set_called("1001");
      call.set_state("established");
    } else if (request.has_show_media()) {
      asked_media = request.show_media();
    } else if (request.has_show_calls()) {
      const auto& what = request.show_calls();
      reply.add_calls()->set_id("id=" + what.call_id() + " trunk=" + what.trunk() +
                                " number=" + what.number());
    } else if (request.has_clear_call()) {
      reply.add_calls()->set_id(request.clear_call().call_id());
    } else if (request.has_set_trunk()) {
      auto& trunk = *reply.add_trunks();
      trunk.set_name(request.set_trunk().name());
      trunk.set_state(request.set_trunk().action() == management::v1::DRAIN ? "draining" : "up");
      trunk.set_calls(1);
    } else if (request.has_show_revisions()) {
      for (std::size_t i = revisions.size(); i > 0; --i) {
        auto& revision = *reply.add_revisions();
        revision.set_number(static_cast<std::uint32_t>(i));
        revision.set_comment(comments[i - 1]);
        if (confirm_s == 0 || i != revisions.size()) continue;
        revision.set_return_to(revision.number() - 1);
        revision.set_left_s(confirm_s);
      }
    }
    return reply;
  }
  // What another editor does meanwhile.
  void commit_elsewhere(const config::Words& words) {
    config::v1::Config next = revisions.back();
    ASSERT_FALSE(config::set(next, words));
    revisions.push_back(next);
    comments.emplace_back("elsewhere");
  }

  std::vector<config::v1::Config> revisions;
  std::vector<std::string> comments{"the first"};
  std::uint32_t confirm_s = 0;
  management::v1::ShowTrace asked_trace;
  management::v1::SetDebug asked_debug;
  management::v1::ShowMedia asked_media;
  bool is_locked = false;
  std::string refuses_lock, locked_by;
  management::v1::Hardware hardware;
  management::v1::Version version;
  std::vector<management::v1::Program> restarted;
  config::v1::Role role = config::v1::ADMIN;

 private:
  void add_pending(management::v1::Reply& reply) const {
    if (confirm_s == 0) return;
    auto& pending = *reply.mutable_configuration()->mutable_pending();
    pending.set_revision(static_cast<std::uint32_t>(revisions.size()));
    pending.set_return_to(pending.revision() - 1);
    pending.set_left_s(confirm_s);
  }
  Result<management::v1::Reply> get(std::uint32_t number) {
    management::v1::Reply reply;
    if (number > revisions.size()) return Error{"", "there is no such revision"};
    auto& out = *reply.mutable_configuration();
    out.set_role(role);
    out.set_locked_by(locked_by);
    *out.mutable_config() = number == 0 ? revisions.back() : revisions[number - 1];
    add_pending(reply);
    out.mutable_revision()->set_number(number == 0 ? static_cast<std::uint32_t>(revisions.size())
                                                   : number);
    return reply;
  }
  Result<management::v1::Reply> commit(const management::v1::Commit& what) {
    const config::v1::Config& base = revisions[what.base_revision() - 1];
    if (const auto change = config::conflict(base, what.candidate(), revisions.back()))
      return Error{"", "another commit changed the same: " + config::text_of(change->words)};
    config::v1::Config joined = revisions.back();
    EXPECT_FALSE(config::apply_changes(joined, config::diff(base, what.candidate())));
    management::v1::Reply reply;
    for (const config::Finding& finding : config::validate(joined)) {
      auto& out = *reply.add_findings();
      for (const std::string& word : config::words_of_path(joined, finding.path))
        out.add_words(word);
      out.set_reason(finding.reason);
      reply.set_error("the configuration has mistakes");
    }
    if (!reply.findings().empty() || what.check_only()) return reply;
    revisions.push_back(joined);
    comments.push_back(what.comment());
    confirm_s = what.confirm_s();
    return get(0);
  }
};

class GatewayLanguageTest : public testing::Test {
 protected:
  GatewayLanguageTest()
      : language_({{[this](management::v1::Request request) { return gateway_.ask(request); },
                    [] { return 0; }, [this] { return made_; },
                    [this](management::v1::Request request) { return hint(request); }},
                   "gw",
                   &settings_,
                   ExportFolder(dir_ / "export", true)}) {
    config::v1::Config first;
    for (const config::Words& words : std::vector<config::Words>{
             {"interface", "lan", "device", "net_null0", "address", "10.0.0.1/24"},
             {"sip", "listener", "lan", "address", "10.0.0.1"},
             {"trunk", "pbx", "listener", "lan", "peer", "10.0.0.2"},
             {"route", "all", "called", "_.", "to", "pbx"}}) {
      EXPECT_FALSE(config::set(first, words));
    }
    gateway_.revisions.push_back(first);
  }
  // What the lines answer, mistakes too, in their order.
  std::string type(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) {
      const int out = memfd_create("out", 0);
      console::run_once(language_, line, out, out);
      std::array<char, 1 << 16> text{};
      const ssize_t n = pread(out, text.data(), text.size(), 0);
      close(out);
      all.append(text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return all;
  }

  Result<management::v1::Reply> hint(const management::v1::Request& request) {
    if (!answers_hints_) return Error{"", "junctor-control did not answer just now"};
    return gateway_.ask(request);
  }

  ipc::TempDir dir_;
  FakeGateway gateway_;
  bool answers_hints_ = true;
  console::Settings settings_;
  unsigned made_ = 1;
  GatewayLanguage language_;
};

}  // namespace junctor::cli
