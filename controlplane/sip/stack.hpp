// SPDX-License-Identifier: MIT
// Stack: SIP transactions over UDP and TCP, with messages as interop::Message. The only folder that
// includes Sofia-SIP, and of it only nta, its parser and its transports. Dialogs are not kept here:
// they are controlplane/b2bua's.
//
//   wire --> parser --> [source is a trunk's?] --> trunk's dialect --> checks --> ServerTransaction
//   --> b2bua
//                            | no: 403, few a second, then silence
//   wire <-- transaction <-- trunk's dialect <-- Message <-- b2bua
//
// Every message of every trunk passes through its dialect here, in both directions, and into the
// trace.
//
// Threads   the control loop's.
// Lifetime  transactions may outlive nothing: destroy them before the stack. Destroying a
//           ServerTransaction that has no final response answers 500; destroying a
//           ClientTransaction lets it finish unheard (an INVITE is cancelled, and a 2xx that still
//           comes is acknowledged and ended with BYE by the stack).
// Errors    what peers send wrong is answered with the 4xx of RFC 3261 and counted; nothing of it
//           comes up. A listener that cannot be opened is tried again and again: see waiting().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/address.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"
#include "platform/telemetry/counter.hpp"
#include "plugins/sdk/message.hpp"

namespace junctor::cp {

class Dialect;  // controlplane/dialect: a trunk's plugin instance with its counters
class Trace;

enum class Transport : std::uint8_t { Udp, Tcp };
std::string_view transport_name(Transport transport);  // "udp", "tcp": as in a URI

// A way on the wire.
struct Hop {
  std::string listener;  // name of the local listener
  Transport transport = Transport::Udp;
  SocketAddress peer;
  friend bool operator==(const Hop&, const Hop&) = default;
};

struct ListenerConfig {
  std::string name;
  SocketAddress address;
  bool udp = true;
  bool tcp = true;
  friend bool operator==(const ListenerConfig&, const ListenerConfig&) = default;
};

struct StackConfig {
  std::vector<ListenerConfig> listeners;
  std::uint32_t max_message_bytes = 65536;
  std::uint32_t stranger_requests_per_second = 10;
  std::string server_name =
      "Junctor";  // Server and User-Agent, where the dialect does not set them
};

// What a peer asks. Exactly one final response is given.
class ServerTransaction {
 public:
  struct Callbacks {
    std::function<void(const interop::Message& cancel)>
        on_cancel;  // answered 200 already; the INVITE still wants its 487
    std::function<void(const interop::Message& ack)> on_ack;  // of a 2xx
    std::function<void()> on_no_ack;  // 64*T1 passed after a 2xx (RFC 3261, 13.3.1.4)
  };
  virtual ~ServerTransaction() = default;
  virtual const interop::Message& request() const = 0;  // after the dialect
  virtual const Hop& hop() const = 0;                   // where it came from
  virtual void* trunk() const = 0;                      // what find_trunk gave
  virtual void set_callbacks(Callbacks callbacks) = 0;
  // Status 101..699. Via, From, To, Call-ID, CSeq are filled in; to_tag is put on To where it has
  // none; Contact, body and everything else come from the message. Reliable on UDP for 2xx to
  // INVITE (retransmitted until ACK).
  virtual void respond(interop::Message response, std::string_view to_tag) = 0;
  virtual bool is_answered() const = 0;  // a final response was given
};

// What we ask.
class ClientTransaction {
 public:
  virtual ~ClientTransaction() = default;
  // CANCELs an INVITE (sent as soon as a provisional response is there, RFC 3261, 9.1). reason:
  // value of a Reason header or "".
  virtual void cancel(std::string_view reason) = 0;
};

// A response as it came (after the dialect), or one made here.
struct Response {
  const interop::Message& message;
  bool local = false;  // made here: 408 no response in time, 503 transport failed
  Hop hop;             // where the request was sent
};

// Who a message belongs to.
struct TrunkOf {
  void* trunk = nullptr;         // nullptr: a stranger
  Dialect* dialect = nullptr;    // with trunk
  bool only_in_dialogs = false;  // none of its peers: a dialog of its leads there
  bool is_self = false;          // the gateway, which may call itself: its own Via is no loop
};

class Stack {
 public:
  struct Callbacks {
    std::function<TrunkOf(std::string_view listener, const SocketAddress& source)> find_trunk;
    // Any request but ACK and CANCEL. 100 was sent already for INVITE. Merged requests (482) and
    // Max-Forwards 0 (483) do not come up.
    std::function<void(std::unique_ptr<ServerTransaction>)> on_request;
    // An ACK that no transaction of ours waits for (after a restart: of a dialog that was
    // restored).
    std::function<void(const interop::Message& ack, void* trunk)> on_stray_ack;
    // A 2xx to an INVITE that no transaction of ours waits for (after a restart: of a restored
    // dialog's re-INVITE). Repeated until it is acknowledged.
    std::function<void(const interop::Message& answer)> on_stray_answer;
  };
  static Result<std::unique_ptr<Stack>> create(ipc::Loop& loop, const StackConfig& config,
                                               CounterRegistry& counters, Trace& trace,
                                               Callbacks callbacks);
  virtual ~Stack() = default;

  // Opens the listeners; until then nothing comes. Those of a stack that has none are always open.
  virtual void listen() {}
  virtual bool is_listening([[maybe_unused]] const Hop& hop) const { return true; }
  // Whether these may hold from now on: all that are open are among them as they are.
  virtual bool may_set_listeners(
      [[maybe_unused]] const std::vector<ListenerConfig>& listeners) const {
    return false;
  }
  virtual void set_listeners([[maybe_unused]] const std::vector<ListenerConfig>& listeners) {}
  // Those that are not open, or not with all their transports, and why.
  struct Waiting {
    std::string listener;
    std::string reason;
    friend bool operator==(const Waiting&, const Waiting&) = default;
  };
  virtual std::vector<Waiting> waiting() const { return {}; }

  struct Request {
    interop::Message message;  // complete but for Via, Max-Forwards (if absent) and Content-Length
    Hop hop;
    TrunkOf trunk;
    Milliseconds response_timeout{
        0};  // until the first response of any kind; 0: RFC 3261's timer B or F
    Milliseconds final_timeout{
        0};  // INVITE: until a final response, then it is cancelled and 408 given; 0: never
  };
  // on_response hears every response but 100: provisional ones, each 2xx of an INVITE again when it
  // is retransmitted or comes from another branch, and exactly one other final. May be called
  // within send() only for failures at once. While its listener waits a BYE waits with it, for as
  // long as it would have been sent again; all else fails.
  virtual std::unique_ptr<ClientTransaction> send(
      Request request, std::function<void(const Response&)> on_response) = 0;
  // Sends an ACK for a 2xx; no transaction.
  virtual void send_ack(Request request) = 0;

  // "192.0.2.1:5060" of a listener, for Contact and Via-like uses; the listener must exist.
  virtual SocketAddress listener_address(std::string_view listener) const = 0;
  // Whether there is a listener of that name: a dialog from before a restart may know another.
  virtual bool has_listener(std::string_view listener) const = 0;
};

// A token that nobody can guess, of letters and digits: for tags, Call-IDs, branches.
std::string make_token(std::size_t length = 16);

}  // namespace junctor::cp
