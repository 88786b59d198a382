// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/test_call_answers.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "controlplane/b2bua/loopback.hpp"

namespace junctor::cp {
namespace {

using management::v1::CallTest;
using management::v1::Reply;
using management::v1::Request;

constexpr std::uint32_t kDefaultSeconds = 5;
constexpr std::uint32_t kMaxSeconds = 60;
constexpr std::size_t kMaxNumber = 64;
constexpr std::string_view kDefaultCalling = "junctor";

// What may stand in a SIP URI as it is typed (RFC 3261, section 25.1: user).
bool is_number(std::string_view text) {
  constexpr std::string_view kMarks = "+*-._";
  const auto is_good = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kMaxNumber &&
         std::all_of(text.begin(), text.end(), is_good);
}

// Whom the call is for.
Result<void> find_called(const TestCalls& given, const management::v1::TestCall& wanted,
                         TestOrder& order) {
  if (wanted.loopback()) {
    Result<TrunkPtr> trunk = given.loopback();
    if (!trunk) return trunk.error();
    order.trunk = std::move(*trunk);
    order.number = kLoopbackRelay;
    return {};
  }
  order.trunk = given.trunks.find(wanted.trunk());
  order.number = wanted.number();
  if (!order.trunk) return Error{"", "there is no trunk " + wanted.trunk()};
  return {};
}

void begin(const TestCalls& given, const management::v1::TestCall& wanted, Reply& reply) {
  TestOrder order;
  if (auto found = find_called(given, wanted, order); !found)
    return reply.set_error(found.error().text());
  order.calling = wanted.calling().empty() ? std::string(kDefaultCalling) : wanted.calling();
  order.is_echo = wanted.echo();
  order.seconds = Seconds{wanted.seconds() == 0 ? kDefaultSeconds : wanted.seconds()};
  for (const std::string& number : {order.number, order.calling}) {
    if (is_number(number)) continue;
    return reply.set_error("\"" + number + "\" is no number: 1 to 64 digits, letters, + * - . _");
  }
  if (wanted.seconds() > kMaxSeconds) {
    return reply.set_error("a test call lasts 1 to " + std::to_string(kMaxSeconds) + " seconds");
  }
  const Result<std::string> id = given.switchboard.start_test(order);
  if (!id) return reply.set_error(id.error().message);
  if (auto test = given.switchboard.test(*id)) *reply.mutable_call_test() = std::move(*test);
}

// While it lasts the dataplane knows what is heard.
void show(const TestCalls& given, const management::v1::ShowTestCall& wanted,
          const Answers::OnReply& on_reply) {
  if (wanted.hang_up()) given.switchboard.end_test(wanted.call_id());
  Reply reply;
  auto test = given.switchboard.test(wanted.call_id());
  if (!test) {
    reply.set_error("there is no test call " + wanted.call_id());
    return on_reply(std::move(reply));
  }
  *reply.mutable_call_test() = std::move(*test);
  const bool is_heard = reply.call_test().state() == "hearing";
  const bool is_early =
      reply.call_test().state() == "ringing" && reply.call_test().early_after_ms() != 0;
  if (!is_heard && !is_early) return on_reply(std::move(reply));
  media::v1::GetStatistics what;
  what.add_session_ids(wanted.call_id());
  given.media.get_statistics(what, [reply, on_reply, is_early](auto statistics) {
    Reply out = reply;
    CallTest& call = *out.mutable_call_test();
    if (statistics && statistics->sessions_size() == 1) {
      const media::v1::SessionStatistics& session = statistics->sessions(0);
      if (session.legs_size() > 0) *call.mutable_media() = session.legs(0);
      if (session.has_heard())
        *(is_early ? call.mutable_early() : call.mutable_heard()) = session.heard();
    }
    on_reply(std::move(out));
  });
}

}  // namespace

void add_test_call_answers(Answers& answers, const TestCalls& given) {
  answers.add(Request::kTestCall, config::v1::OPERATOR,
              [given](const Request& r, const Answers::Asker&, Reply& reply) {
                begin(given, r.test_call(), reply);
              });
  answers.add_later(
      Request::kShowTestCall, config::v1::OPERATOR,
      [given](const Request& r, const Answers::Asker&, const Answers::OnReply& on_reply) {
        show(given, r.show_test_call(), on_reply);
      });
}

}  // namespace junctor::cp
