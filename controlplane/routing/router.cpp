// SPDX-License-Identifier: MIT
#include "controlplane/routing/router.hpp"

#include <algorithm>
#include <iterator>

namespace junctor::cp {
namespace {

using Which = NumberPlan::Which;

std::string rewrite(const config::v1::Route& route, std::string_view called) {
  called.remove_prefix(std::min<std::size_t>(route.strip(), called.size()));
  return route.prefix() + std::string(called);
}

std::string rewrite(const NumberPlanPtr& plan, Which which, std::string_view number,
                    RouteSteps* steps = nullptr) {
  return plan ? plan->rewrite(which, number, steps) : std::string(number);
}

std::string peer_text(const TrunkPeer& peer, const config::v1::Peer& config) {
  std::string text = peer.hop.peer.text() + " is " + std::string(peer_state_name(peer.state));
  if (config.priority() != 0 || config.weight() != 0)
    text += ", priority " + std::to_string(config.priority()) + ", weight " +
            std::to_string(config.weight());
  return peer.state == TrunkPeer::State::Down ? text + ": tried last" : text;
}

}  // namespace

std::string why_no_room(const Trunk& trunk) {
  if (trunk.has_room()) return {};
  const std::string_view state = trunk.state_name();
  if (state == "disabled" || state == "draining") return "is " + std::string(state);
  return "is full: " + std::to_string(trunk.calls) + " of " +
         std::to_string(trunk.config().max_calls()) + " calls";
}

std::string RouteTarget::rewrite_calling(std::string_view number) const {
  return rewrite(plan_out, Which::Calling, rewrite(plan_in, Which::Calling, number));
}

// ---- what it is configured with

Result<void> Router::configure_plans(const config::v1::Config& config) {
  std::unordered_map<std::string, NumberPlanPtr> by_name{{"", nullptr}};
  for (const auto& plan : config.number_plans()) {
    Result<NumberPlan> made = NumberPlan::make(plan);
    if (!made) return made.error();
    by_name.emplace(plan.name(), std::make_shared<const NumberPlan>(std::move(*made)));
  }
  for (const auto& trunk : config.trunks()) {
    const auto in = by_name.find(trunk.number_plan_in());
    const auto out = by_name.find(trunk.number_plan_out());
    if (in == by_name.end() || out == by_name.end())
      return Error{"trunk " + trunk.name(), "its number plan is not there"};
    if (in->second || out->second) plans_[trunk.name()] = {in->second, out->second};
  }
  return {};
}

Result<void> Router::configure(const config::v1::Config& config, const TrunkTable& trunks) {
  Router made(draw_);
  if (auto done = made.configure_plans(config); !done) return done;
  for (const auto& route : config.routes()) {
    Result<config::NumberPattern> pattern = config::NumberPattern::parse(route.called());
    if (!pattern) return Error{"route " + route.name(), pattern.error().text()};
    Entry entry{route, std::move(*pattern), {}};
    for (const std::string& name : route.to()) {
      const TrunkPtr trunk = trunks.find(name);
      if (!trunk) return Error{"route " + route.name(), "there is no trunk " + name};
      entry.to.push_back(trunk);
    }
    made.entries_.push_back(std::move(entry));
  }
  *this = std::move(made);
  return {};
}

const Router::Plans& Router::plans_of(std::string_view trunk) const {
  static const Plans kNone;
  const auto at = plans_.find(std::string(trunk));
  return at == plans_.end() ? kNone : at->second;
}

// ---- one call

class Router::Walk {
 public:
  Walk(const Router& router, std::string_view from_trunk, std::string_view called,
       std::string_view calling, RouteSteps* steps)
      : router_(router),
        from_trunk_(from_trunk),
        came_(calling),
        plan_in_(router.plans_of(from_trunk).in),
        steps_(steps),
        called_(rewrite(plan_in_, Which::Called, called, steps)),
        calling_(rewrite(plan_in_, Which::Calling, calling, steps)) {}

  RouteDecision take() {
    for (const Entry& entry : router_.entries_) look_at(entry);
    std::ranges::move(down_, std::back_inserter(decision_.targets));
    if (decision_.targets.empty()) decision_.status = decision_.route.empty() ? 404 : 503;
    return std::move(decision_);
  }

 private:
  void look_at(const Entry& entry) {
    const std::string& name = entry.config.name();
    const std::string& pattern = entry.pattern.text();
    if (!entry.config.from().empty() && entry.config.from() != from_trunk_)
      return refuse("route", name, [&] { return "is for calls from " + entry.config.from(); });
    if (!entry.pattern.matches(called_))
      return refuse("route", name, [&] { return pattern + " does not match " + called_; });
    const std::string number = rewrite(entry.config, called_);
    if (number.empty())  // nothing is left to ask for
      return refuse("route", name, [&] { return "leaves nothing of " + called_; });
    const bool is_first = decision_.route.empty();
    if (is_first) decision_.route = name;
    accept("route", name, [&] {
      return pattern + " matches " + called_ + (number == called_ ? "" : ", becomes " + number) +
             (is_first ? "" : "; for when the routes before it fail");
    });
    for (const TrunkPtr& trunk : entry.to) add_trunk(entry, trunk, number, is_first);
  }

  void add_trunk(const Entry& entry, const TrunkPtr& trunk, const std::string& number,
                 bool is_first) {
    const std::string& name = trunk->name();
    if (!is_first && name == from_trunk_)
      return refuse("trunk", name, [] { return std::string("is where the call comes from"); });
    if (!trunk->has_room()) {
      if (decision_.targets.empty() && down_.empty()) decision_.full.push_back(trunk);
      return refuse("trunk", name, [&] { return why_no_room(*trunk); });
    }
    accept("trunk", name, [] { return std::string("takes calls"); });
    RouteTarget target{trunk, 0, {}, entry.config.name()};
    target.plan_in = plan_in_;
    target.plan_out = router_.plans_of(name).out;
    target.called = rewrite(target.plan_out, Which::Called, number, steps_);
    std::string calling = rewrite(target.plan_out, Which::Calling, calling_, steps_);
    if (calling != came_) target.calling = std::move(calling);
    for (const std::size_t i : order_of_peers(trunk->config(), router_.draw_)) {
      const TrunkPeer& peer = trunk->peers()[i];
      const auto& config = trunk->config().peers(static_cast<int>(i));
      const bool is_down = peer.state == TrunkPeer::State::Down;
      note("peer", name, !is_down, [&] { return peer_text(peer, config); });
      target.peer = i;
      (is_down ? down_ : decision_.targets).push_back(target);
    }
  }

  // The sentence is made for who wants it.
  template <typename Why>
  void note(const char* kind, const std::string& name, bool fits, Why why) {
    if (steps_ != nullptr) steps_->push_back({kind, name, fits, why()});
  }
  template <typename Why>
  void accept(const char* kind, const std::string& name, Why why) {
    note(kind, name, true, why);
  }
  template <typename Why>
  void refuse(const char* kind, const std::string& name, Why why) {
    note(kind, name, false, why);
  }

  const Router& router_;
  std::string_view from_trunk_;
  std::string_view came_;
  NumberPlanPtr plan_in_;
  RouteSteps* steps_;
  std::string called_;
  std::string calling_;
  RouteDecision decision_;
  std::vector<RouteTarget> down_;
};

RouteDecision Router::route(std::string_view from_trunk, std::string_view called,
                            std::string_view calling, RouteSteps* steps) const {
  return Walk(*this, from_trunk, called, calling, steps).take();
}

}  // namespace junctor::cp
