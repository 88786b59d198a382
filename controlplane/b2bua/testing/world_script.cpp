// SPDX-License-Identifier: MIT
// The World's script: what its lines mean.
#include <algorithm>
#include <cctype>
#include <sstream>

#include "controlplane/b2bua/dialog.hpp"
#include "controlplane/b2bua/testing/cast.hpp"
#include "controlplane/b2bua/testing/fake_transactions.hpp"
#include "controlplane/b2bua/testing/world.hpp"
#include "controlplane/sdp/parser.hpp"
#include "plugins/sdk/text.hpp"

namespace junctor::cp::testing {

using interop::Message;

namespace {

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
  } else if (who == "operator") {
    for (const auto& call : board->show("")) board->clear(call.id(), "night");
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
      Hop{listener_, Transport::Udp, SocketAddress{*IpAddress::parse(address_of(side).ip), 5060}};
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

}  // namespace junctor::cp::testing
