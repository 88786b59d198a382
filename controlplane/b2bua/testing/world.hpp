// SPDX-License-Identifier: MIT
// World: a switchboard between peers that are played by a script, with nothing real below. A script reads as a ladder:
//
//   > a INVITE sdp:ua          peer a sends (in its dialog once it has one)
//   < b INVITE sdp:ua          what the gateway sends thereupon, each line in order
//   > b 180 INVITE             peer b answers the last INVITE it got
//   < a 180 INVITE
//
// Peers: a calls by trunk pbx; b and c are the peers of trunk carrier, d is that of trunk spare (no delayed offer).
// Descriptions: sdp:<codecs>[,direction|null][,port=N][,proto=RTP/SAVP], codecs u PCMU, a PCMA, g G722,
// e telephone-event; bad: unreadable.
// Also: "> a ACK [sdp]", "> a NOACK", "> a CANCEL", "> b LOCAL 408 INVITE", "> time 2000" (ms),
// "> media timeout", "> media refused", "> operator clears" (all calls), and words tag=T (b's fork),
// cseq=N, reason (a Reason header), accept=TYPES, leaky (addresses where none belong), as=X (in the
// dialog of peer X).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/b2bua/switchboard.hpp"
#include "controlplane/b2bua/testing/fake_loop.hpp"
#include "controlplane/b2bua/testing/fake_media.hpp"

namespace junctor::cp::testing {

// A request that a peer sent.
struct Served {
  interop::Message request;
  Hop hop;
  void* trunk = nullptr;
  char side = '?';
  ServerTransaction::Callbacks callbacks;
  std::vector<interop::Message> responses;
  std::string to_tag;
  bool is_answered = false;
  bool is_acknowledged = false;
  bool is_gone = false;
  std::uint16_t final_status() const {
    return is_answered ? responses.back().status() : std::uint16_t{0};
  }
};
// A request that the gateway sent.
struct Sent {
  Stack::Request request;
  std::function<void(const Response&)> on_response;
  char side = '?';
  std::string cancel_reason;
  bool is_cancelled = false;
  bool is_answered = false;  // a final response was given
  bool is_gone = false;
};

class World final : private Stack {
 public:
  explicit World(Switchboard::Settings settings = {});
  ~World() override;

  // Plays a script; returns what differs, "" if nothing does.
  std::string play(std::string_view script);
  // One line without its mark: "a INVITE sdp:ua".
  void act(std::string_view line);
  std::vector<std::string> take_output() { return std::exchange(output_, {}); }
  // Nobody says a word any more: what the stack and the dataplane make of that.
  void fall_silent();
  // What is left that should not be, after everything has had its time; "" if nothing is.
  std::string leftovers();
  // Kills the switchboard as a crash would, and starts another that resumes from the journal, with
  // a configuration that was changed meanwhile.
  void restart(const std::function<void(config::v1::Config&)>& change = {});
  interop::Message last_sent(char side, std::string_view method) const;
  interop::Message last_response(char side, std::string_view method) const;
  std::uint64_t counter(std::string_view name) const;
  const junctor::media::v1::Session& session() const { return media.sessions.begin()->second; }

  CounterRegistry plugin_counters;  // the trunks' dialects count here to their end
  PluginTable plugins{plugin_counters};
  FakeLoop loop;
  FakeMedia media;
  FakeJournal journal;
  CounterRegistry counters;
  TrunkTable trunks;
  Router router;
  std::vector<std::shared_ptr<Served>> served;
  std::vector<std::shared_ptr<Sent>> sent;
  std::vector<interop::Message> acks;                    // that the gateway sent
  std::map<std::string, std::string> journal_at_send;    // as it was when its last request left
  std::map<std::string, std::string> journal_at_answer;  // and its last final response
  std::size_t sessions_at_answer = 0;                    // in the dataplane, at that response
  std::unique_ptr<Switchboard> board;

 private:
  // A peer's view of its dialog.
  struct Side {
    std::string call_id;
    std::string tag;
    std::string gateway_tag;
    std::string target = "sip:gw@192.0.2.1";
    std::uint32_t cseq = 0;
    std::uint64_t version = 1;
  };

  void request(char side, const std::string& method, std::vector<std::string> words);
  void acknowledge(char side, const std::vector<std::string>& words);
  void cancel(char side, const std::vector<std::string>& words);
  void respond(char side, std::uint16_t status, const std::string& method,
               const std::vector<std::string>& words, bool local);
  void add_words(char side, interop::Message& message, const std::vector<std::string>& words);
  std::string describe(char side, const std::string& word);
  void answer_silence();
  void note_sent(char side, const interop::Message& message);

  std::unique_ptr<ClientTransaction> send(
      Request request, std::function<void(const Response&)> on_response) override;
  void send_ack(Request request) override;
  SocketAddress listener_address(std::string_view listener) const override;
  bool has_listener(std::string_view listener) const override { return listener == listener_; }

  Switchboard::Settings settings_;
  std::string listener_ = "lan";
  std::map<char, Side> sides_;
  std::vector<std::string> output_;
  unsigned calls_made_ = 0;
};

// "sdp:uae,sendonly": what a message's description says, "" if it has none.
std::string summary_of(const interop::Message& message);

}  // namespace junctor::cp::testing
