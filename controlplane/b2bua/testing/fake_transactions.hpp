// SPDX-License-Identifier: MIT
// Transactions without a stack: what is done with them is written down, line by line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/b2bua/testing/world.hpp"
#include "platform/base/assert.hpp"

namespace junctor::cp::testing {

class FakeServer final : public ServerTransaction {
 public:
  FakeServer(std::shared_ptr<Served> state, std::vector<std::string>& output,
             std::function<void()> on_final)
      : state_(std::move(state)), output_(output), on_final_(std::move(on_final)) {}
  ~FakeServer() override {
    if (!state_->is_answered) {
      output_.push_back(std::string(1, state_->side) + " 500 " + state_->request.method() +
                        " (unanswered)");
      state_->is_answered = true;
      state_->responses.push_back(interop::Message::response(500, "x"));
    }
    state_->is_gone = true;
    state_->callbacks = {};
  }
  const interop::Message& request() const override { return state_->request; }
  const Hop& hop() const override { return state_->hop; }
  void* trunk() const override { return state_->trunk; }
  void set_callbacks(Callbacks callbacks) override { state_->callbacks = std::move(callbacks); }
  void respond(interop::Message response, std::string_view to_tag) override {
    JUNCTOR_ASSERT(!state_->is_answered);
    state_->is_answered = response.status() >= 200;
    if (state_->is_answered) on_final_();
    if (!to_tag.empty() && state_->to_tag.empty()) state_->to_tag = to_tag;
    const std::string sdp = summary_of(response);
    output_.push_back(std::string(1, state_->side) + " " + std::to_string(response.status()) + " " +
                      state_->request.method() + (sdp.empty() ? "" : " " + sdp));
    state_->responses.push_back(std::move(response));
  }
  bool is_answered() const override { return state_->is_answered; }

 private:
  std::shared_ptr<Served> state_;
  std::vector<std::string>& output_;
  std::function<void()> on_final_;
};

class FakeClient final : public ClientTransaction {
 public:
  FakeClient(std::shared_ptr<Sent> state, std::vector<std::string>& output)
      : state_(std::move(state)), output_(output) {}
  ~FakeClient() override {
    const bool is_invite = state_->request.message.method() == "INVITE";
    if (is_invite && !state_->is_answered && !state_->is_cancelled) {
      output_.push_back(std::string(1, state_->side) + " CANCEL (dropped)");
    }
    state_->is_gone = true;
    state_->on_response = nullptr;
  }
  void cancel(std::string_view reason) override {
    state_->is_cancelled = true;
    state_->cancel_reason = reason;
    output_.push_back(std::string(1, state_->side) + " CANCEL" + (reason.empty() ? "" : " reason"));
  }

 private:
  std::shared_ptr<Sent> state_;
  std::vector<std::string>& output_;
};

}  // namespace junctor::cp::testing
