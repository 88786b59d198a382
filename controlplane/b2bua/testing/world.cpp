// SPDX-License-Identifier: MIT
#include "controlplane/b2bua/testing/world.hpp"

#include <algorithm>
#include <sstream>

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/sdp/parser.hpp"
#include "platform/config/config.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp::testing {

using interop::Message;

namespace {

struct Address {
  char side;
  const char* ip;
  const char* trunk;
};
constexpr Address kAddresses[] = {{'a', "192.0.2.10", "pbx"},
                                  {'b', "192.0.2.20", "carrier"},
                                  {'c', "192.0.2.21", "carrier"},
                                  {'d', "192.0.2.30", "spare"}};

const Address& address_of(char side) {
  for (const Address& address : kAddresses) {
    if (address.side == side) return address;
  }
  JUNCTOR_ASSERT(side == '\0');
  return kAddresses[0];
}

char side_of(const Hop& hop) {
  for (const Address& address : kAddresses) {
    if (hop.peer.ip.text() == address.ip) return address.side;
  }
  return '?';
}

Result<std::unique_ptr<interop::Plugin>> create_plain(const interop::TrunkContext&) {
  return std::unique_ptr<interop::Plugin>(std::make_unique<interop::Plugin>());
}
const interop::Descriptor kPlain = {.name = "generic",
                                    .summary = "does nothing",
                                    .counters = {},
                                    .options = {},
                                    .create = create_plain};

struct CodecLetter {
  char letter;
  std::uint8_t number;
  const char* name;
};
constexpr CodecLetter kLetters[] = {{'u', 0, "PCMU/8000"},
                                    {'a', 8, "PCMA/8000"},
                                    {'g', 9, "G722/8000"},
                                    {'e', 101, "telephone-event/8000"}};

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
      state_->responses.push_back(Message::response(500, "x"));
    }
    state_->is_gone = true;
    state_->callbacks = {};
  }
  const Message& request() const override { return state_->request; }
  const Hop& hop() const override { return state_->hop; }
  void* trunk() const override { return state_->trunk; }
  void set_callbacks(Callbacks callbacks) override { state_->callbacks = std::move(callbacks); }
  void respond(Message response, std::string_view to_tag) override {
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

std::string word_value(const std::vector<std::string>& words, std::string_view key) {
  for (const std::string& word : words) {
    if (word.starts_with(key)) return word.substr(key.size());
  }
  return {};
}

}  // namespace

std::string summary_of(const Message& message) {
  if (message.body().empty()) return {};
  const SdpResult parsed = parse_sdp(message.body());
  const interop::Sdp* sdp = std::get_if<interop::Sdp>(&parsed);
  if (sdp == nullptr || sdp->audio() == nullptr) return "body";
  std::string out = "sdp:";
  for (const interop::Codec& codec : sdp->audio()->codecs()) {
    const std::string name = codec.encoding + "/" + std::to_string(codec.clock_rate);
    for (const CodecLetter& letter : kLetters) {
      if (name == letter.name) out += letter.letter;
    }
  }
  const auto direction = sdp->direction(*sdp->audio());
  if (direction != interop::Direction::SendRecv)
    out += "," + std::string(direction_name(direction));
  return out;
}

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
    trunks = TrunkTable{};
    router = Router{};
    JUNCTOR_ASSERT(trunks.configure(config, plugins).ok());
    JUNCTOR_ASSERT(router.configure(config, trunks).ok());
  }
  board = Switchboard::create({loop, *this, media, journal, trunks, router, counters}, settings_);
  board->resume();
}

SocketAddress World::listener_address(std::string_view) const {
  return *SocketAddress::parse("192.0.2.1:5060");
}

void World::note_sent(char side, const Message& message) {
  const std::string sdp = summary_of(message);
  output_.push_back(std::string(1, side) + " " + message.method() + (sdp.empty() ? "" : " " + sdp));
}

std::unique_ptr<ClientTransaction> World::send(Request request,
                                               std::function<void(const Response&)> on_response) {
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

std::string World::describe(char side, const std::string& word) {
  if (word == "bad") return "this is no description";
  std::string_view text = std::string_view(word).substr(4);
  const std::string codecs(interop::take_until(text, ','));
  std::string direction = "sendrecv";
  std::string ip = address_of(side).ip;
  std::string port = "4000";
  std::string protocol = "RTP/AVP";
  while (!text.empty()) {
    const std::string item(interop::take_until(text, ','));
    if (item == "null") {
      ip = "0.0.0.0";
    } else if (item.starts_with("port=")) {
      port = item.substr(5);
    } else if (item.starts_with("proto=")) {
      protocol = item.substr(6);
    } else {
      direction = item;
    }
  }
  std::string formats;
  std::string maps;
  for (const char wanted : codecs) {
    for (const CodecLetter& letter : kLetters) {
      if (letter.letter != wanted) continue;
      formats += " " + std::to_string(letter.number);
      maps += "a=rtpmap:" + std::to_string(letter.number) + " " + letter.name + "\r\n";
    }
  }
  return "v=0\r\no=peer 7 " + std::to_string(sides_[side].version++) + " IN IP4 " +
         address_of(side).ip + "\r\ns=secret-" + side + "\r\nc=IN IP4 " + ip +
         "\r\nt=0 0\r\nm=audio " + port + " " + protocol + formats + "\r\n" + maps +
         "a=" + direction + "\r\n";
}

void World::add_words(char side, Message& message, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.starts_with("sdp:") || word == "bad") {
      message.set_body("application/sdp", describe(side, word));
    } else if (word.starts_with("accept=")) {
      message.add("Accept", word.substr(7));
    } else if (word == "reason") {
      message.add("Reason", "Q.850;cause=16;text=\"x\"");
    } else if (word == "leaky" && message.status() == 0) {
      const std::string tag = ";tag=" + tag_of(message, "From");
      message.set("From", "\"at 10.10.1.2\" <sip:300;phone-context=10.10.1.2@10.10.1.2>" + tag);
      message.add("Diversion", "<sip:77@10.10.1.2>;reason=unknown;x=\"10.10.1.2\"");
      message.add("P-Asserted-Identity", "<tel:301;phone-context=10.10.1.2>;x=10.10.1.2");
      message.add("Privacy", "10.10.1.2");
    } else if (word == "leaky") {
      message.add("Reason", "Q.850;cause=17;text=\"busy at 10.10.2.2\"");
    } else if (word == "dtmf") {
      message.set_body("application/dtmf-relay", "Signal=5\r\n");
    }
  }
}

void World::act(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  JUNCTOR_ASSERT(words.size() >= 2);
  const std::string who = words[0];
  const std::string what = words[1];
  words.erase(words.begin(), words.begin() + 2);
  const char side = who.size() == 1 ? who[0] : '\0';
  if (who == "time") {
    loop.advance(Milliseconds(std::stoi(what)));
  } else if (who == "media") {
    for (const auto& [id, session] : std::map(media.sessions)) {
      if (what == "timeout") media.listener.on_timeout(id, 60);
      if (what == "refused") media.listener.on_refused(id, "no room");
    }
  } else if (what == "ACK" || what == "NOACK") {
    if (what == "NOACK") words.insert(words.begin(), "none");
    acknowledge(side, words);
  } else if (what == "CANCEL") {
    cancel(side, words);
  } else if (what == "LOCAL" || std::isdigit(what[0]) != 0) {
    const bool local = what == "LOCAL";
    const std::string status = local ? words[0] : what;
    if (local) words.erase(words.begin());
    const std::string method = words.at(0);
    words.erase(words.begin());
    respond(side, static_cast<std::uint16_t>(std::stoi(status)), method, words, local);
  } else {
    request(side, what, std::move(words));
  }
  loop.run_posted();
}

void World::request(char side, const std::string& method, std::vector<std::string> words) {
  // as=X: someone who knows X's dialog.
  const std::string as = word_value(words, "as=");
  Side& view = sides_[as.empty() ? side : as.front()];
  const bool is_new = std::find(words.begin(), words.end(), "new") != words.end();
  if (view.call_id.empty() || is_new) {
    view = Side{};
    view.call_id = "call-" + std::to_string(++calls_made_) + "@" + address_of(side).ip;
    view.tag = "t" + std::string(1, side);
  }
  for (const auto& state : served) {
    if (view.gateway_tag.empty() &&
        state->request.get("Call-ID") == std::string_view(view.call_id)) {
      view.gateway_tag = state->to_tag;
    }
  }
  const std::string number = word_value(words, "to=").empty() ? "100" : word_value(words, "to=");
  const std::string tag = word_value(words, "tag=").empty() ? view.tag : word_value(words, "tag=");
  const std::string cseq = word_value(words, "cseq=");
  view.cseq = cseq.empty() ? view.cseq + 1 : static_cast<std::uint32_t>(std::stoul(cseq));
  Message message = Message::request(method, "sip:" + number + "@192.0.2.1");
  const std::string to_tag = view.gateway_tag.empty() ? "" : ";tag=" + view.gateway_tag;
  message.add("From", "\"Alice\" <sip:300@" + std::string(address_of(side).ip) + ">;tag=" + tag);
  message.add("To", "<sip:" + number + "@192.0.2.1>" + to_tag);
  message.add("Call-ID", view.call_id);
  message.add("CSeq", std::to_string(view.cseq) + " " + method);
  message.add("Contact", "<sip:peer@" + std::string(address_of(side).ip) + ":5060>");
  message.add("User-Agent", "secret-" + std::string(1, side));
  add_words(side, message, words);
  auto state = std::make_shared<Served>();
  state->request = std::move(message);
  state->hop =
      Hop{"lan", Transport::Udp, SocketAddress{*IpAddress::parse(address_of(side).ip), 5060}};
  state->trunk = trunks.find(address_of(side).trunk).get();
  state->side = side;
  served.push_back(state);
  board->on_request(std::make_unique<FakeServer>(state, output_, [this] {
    journal_at_answer = journal.calls;
    sessions_at_answer = media.sessions.size();
  }));
}

void World::acknowledge(char side, const std::vector<std::string>& words) {
  for (auto state = served.rbegin(); state != served.rend(); ++state) {
    Served& served_one = **state;
    const bool is_waiting = served_one.side == side && served_one.request.method() == "INVITE" &&
                            served_one.final_status() / 100 == 2 && !served_one.is_acknowledged;
    if (!is_waiting) continue;
    served_one.is_acknowledged = true;
    Message ack = Message::request("ACK", "sip:100@192.0.2.1");
    ack.add("Call-ID", sides_[side].call_id);
    add_words(side, ack, words);
    const auto callbacks = served_one.callbacks;
    const bool is_lost = !words.empty() && words.front() == "none";
    if (is_lost && callbacks.on_no_ack) callbacks.on_no_ack();
    if (!is_lost && callbacks.on_ack) callbacks.on_ack(ack);
    return;
  }
}

void World::cancel(char side, const std::vector<std::string>& words) {
  for (auto state = served.rbegin(); state != served.rend(); ++state) {
    if ((*state)->side != side || (*state)->request.method() != "INVITE") continue;
    Message message = Message::request("CANCEL", (*state)->request.request_uri());
    add_words(side, message, words);
    const auto callbacks = (*state)->callbacks;
    if (!(*state)->is_answered && callbacks.on_cancel) callbacks.on_cancel(message);
    return;
  }
}

void World::respond(char side, std::uint16_t status, const std::string& method,
                    const std::vector<std::string>& words, bool local) {
  const auto found = std::find_if(sent.rbegin(), sent.rend(), [&](const auto& state) {
    return state->side == side && state->request.message.method() == method;
  });
  if (found == sent.rend()) return output_.push_back("nothing to answer: " + method);
  const std::shared_ptr<Sent> state = *found;
  Message response = Message::response(status, "Phrase");
  response.set_method(method);
  const std::string given = word_value(words, "tag=");
  std::string to(state->request.message.get("To").value_or(""));
  if (tag_of(state->request.message, "To").empty() && !local) {
    to += ";tag=" + (given.empty() ? sides_[side].tag : given);
    // Whoever answers is who goes on talking.
    if (!given.empty() && status / 100 == 2) sides_[side].tag = given;
  }
  response.add("To", to);
  response.add("From", std::string(state->request.message.get("From").value_or("")));
  response.add("Call-ID", std::string(state->request.message.get("Call-ID").value_or("")));
  response.add("CSeq", std::string(state->request.message.get("CSeq").value_or("")));
  response.add("Contact", "<sip:peer@" + std::string(address_of(side).ip) + ":5060>");
  add_words(side, response, words);
  const bool is_repeated = state->is_answered && (status >= 300 || method != "INVITE");
  if (state->is_gone || is_repeated || !state->on_response) return;
  state->is_answered = state->is_answered || status >= 200;
  const auto on_response = state->on_response;
  on_response(Response{response, local, state->request.hop});
}

std::string World::play(std::string_view script) {
  std::string differences;
  std::vector<std::string> expected;
  std::string last = "the beginning";
  const auto compare = [&] {
    const std::vector<std::string> found = take_output();
    if (found == expected) return;
    differences += "after '" + last + "':\n";
    for (const std::string& line : expected) differences += "  wanted " + line + "\n";
    for (const std::string& line : found) differences += "  found  " + line + "\n";
  };
  while (!script.empty()) {
    std::string_view line = interop::trim(interop::take_until(script, '\n'));
    if (line.empty()) continue;
    const char mark = line.front();
    line = interop::trim(line.substr(1));
    if (mark == '<') {
      expected.emplace_back(line);
      continue;
    }
    compare();
    expected.clear();
    last = line;
    act(line);
  }
  compare();
  return differences;
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
