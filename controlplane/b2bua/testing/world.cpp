// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/testing/world.hpp"

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/b2bua/testing/cast.hpp"
#include "controlplane/b2bua/testing/fake_transactions.hpp"
#include "platform/config/config.hpp"

namespace junctor::cp::testing {

using interop::Message;

namespace {

Result<std::unique_ptr<interop::Plugin>> create_plain(const interop::TrunkContext&) {
  return std::unique_ptr<interop::Plugin>(std::make_unique<interop::Plugin>());
}
const interop::Descriptor kPlain = {.name = "generic",
                                    .summary = "does nothing",
                                    .counters = {},
                                    .options = {},
                                    .create = create_plain};

config::v1::Config make_config() {
  config::v1::Config config;
  auto& listener = *config.mutable_sip()->add_listeners();
  listener.set_name("lan");
  listener.set_address("192.0.2.1");
  for (const Address& address : kAddresses) {
    auto* trunk =
        config.trunks_size() > 0 ? config.mutable_trunks(config.trunks_size() - 1) : nullptr;
    if (trunk == nullptr || trunk->name() != address.trunk) {
      trunk = config.add_trunks();
      trunk->set_name(address.trunk);
      trunk->set_listener("lan");
      trunk->set_delayed_offer(address.side != 'd');
    }
    trunk->add_peers()->set_address(address.ip);
  }
  const auto route = [&](const char* name, const char* called, const std::vector<std::string>& to) {
    auto& out = *config.add_routes();
    out.set_name(name);
    out.set_called(called);
    for (const std::string& trunk : to) out.add_to(trunk);
  };
  route("one", "_1XX", {"carrier"});
  route("two", "_2XX", {"carrier", "spare"});
  route("three", "_3XX", {"spare"});
  config::apply_defaults(config);
  return config;
}

}  // namespace

World::World(Switchboard::Settings settings) : settings_(settings) {
  JUNCTOR_ASSERT(plugins.add(kPlain).ok());
  const config::v1::Config config = make_config();
  JUNCTOR_ASSERT(trunks.configure(config, plugins).ok());
  JUNCTOR_ASSERT(router.configure(config, trunks).ok());
  board = Switchboard::create({loop, *this, media, journal, trunks, router, counters}, settings_);
}

World::~World() { board.reset(); }

void World::restart(const std::function<void(config::v1::Config&)>& change) {
  // What the crashed process would not have sent is not looked at.
  board.reset();
  loop.run_posted();
  served.clear();
  sent.clear();
  output_.clear();
  media.ports.clear();
  media.sessions.clear();
  if (change) {
    config::v1::Config config = make_config();
    change(config);
    listener_ = config.sip().listeners(0).name();
    trunks = TrunkTable{};
    router = Router{};
    JUNCTOR_ASSERT(trunks.configure(config, plugins).ok());
    JUNCTOR_ASSERT(router.configure(config, trunks).ok());
  }
  board = Switchboard::create({loop, *this, media, journal, trunks, router, counters}, settings_);
  board->resume();
}

SocketAddress World::listener_address(std::string_view listener) const {
  JUNCTOR_ASSERT(has_listener(listener));
  return *SocketAddress::parse("192.0.2.1:5060");
}

void World::note_sent(char side, const Message& message) {
  const std::string sdp = summary_of(message);
  output_.push_back(std::string(1, side) + " " + message.method() + (sdp.empty() ? "" : " " + sdp));
}

std::unique_ptr<ClientTransaction> World::send(Request request,
                                               std::function<void(const Response&)> on_response) {
  JUNCTOR_ASSERT(has_listener(request.hop.listener));
  auto state = std::make_shared<Sent>();
  state->side = side_of(request.hop);
  note_sent(state->side, request.message);
  Side& side = sides_[state->side];
  const std::string call_id(request.message.get("Call-ID").value_or(""));
  const std::string to_tag = tag_of(request.message, "To");
  if (side.call_id != call_id && to_tag.empty()) {
    side = Side{};
    side.call_id = call_id;
    side.tag = "t" + std::string(1, state->side);
  }
  if (side.call_id == call_id) side.gateway_tag = tag_of(request.message, "From");
  JUNCTOR_ASSERT(cseq_of(request.message) > 0);
  journal_at_send = journal.calls;
  state->request = std::move(request);
  state->on_response = std::move(on_response);
  sent.push_back(state);
  return std::make_unique<FakeClient>(state, output_);
}

void World::send_ack(Request request) {
  note_sent(side_of(request.hop), request.message);
  acks.push_back(std::move(request.message));
}

void World::fall_silent() {
  for (int round = 0; round < 6; ++round) {
    answer_silence();
    for (std::size_t i = 0; i < served.size(); ++i) {
      const std::shared_ptr<Served> state = served[i];
      const bool waits = state->request.method() == "INVITE" && state->final_status() / 100 == 2;
      if (!waits || state->is_acknowledged) continue;
      state->is_acknowledged = true;
      const auto callbacks = state->callbacks;
      if (callbacks.on_no_ack) callbacks.on_no_ack();
    }
    act("media timeout");
    loop.advance(Seconds(40));
    output_.clear();
  }
}

void World::answer_silence() {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const std::shared_ptr<Sent> state = sent[i];
    if (state->is_answered || state->is_gone) continue;
    const std::string method = state->request.message.method();
    state->is_answered = true;
    Message silence = Message::response(408, "Request Timeout");
    silence.set_method(method);
    const auto on_response = state->on_response;
    if (on_response) on_response(Response{silence, true, state->request.hop});
  }
}

std::string World::leftovers() {
  answer_silence();  // who has not answered by now never will
  loop.advance(Seconds(70));
  std::string out;
  const auto check = [&](std::size_t count, const char* what) {
    if (count != 0) out += std::to_string(count) + " " + what + "; ";
  };
  check(board->calls(), "calls");
  check(board->show("").size(), "calls shown");
  check(media.ports.size(), "ports");
  check(media.sessions.size(), "sessions");
  check(journal.calls.size(), "calls in the journal");
  check(loop.timers(), "timers");
  for (const TrunkPtr& trunk : trunks.all()) check(trunk->calls, trunk->name().c_str());
  for (const auto& state : served) check(state->is_answered ? 0 : 1, "unanswered requests");
  for (const auto& state : sent) check(state->is_gone ? 0 : 1, "transactions kept");
  return out;
}

Message World::last_sent(char side, std::string_view method) const {
  for (auto state = sent.rbegin(); state != sent.rend(); ++state) {
    if ((*state)->side == side && (*state)->request.message.method() == method) {
      return (*state)->request.message;
    }
  }
  return {};
}

Message World::last_response(char side, std::string_view method) const {
  for (auto state = served.rbegin(); state != served.rend(); ++state) {
    if ((*state)->side == side && (*state)->request.method() == method &&
        !(*state)->responses.empty()) {
      return (*state)->responses.back();
    }
  }
  return {};
}

std::uint64_t World::counter(std::string_view name) const {
  for (const CounterRegistry::Row& row : counters.rows()) {
    if (row.name == "b2bua." + std::string(name)) return row.value;
  }
  return 0;
}

}  // namespace junctor::cp::testing
