// SPDX-License-Identifier: MIT
#include "platform/cli/test_call_report.hpp"

#include <array>
#include <cstdlib>

#include "platform/cli/units.hpp"

namespace junctor::cli {
namespace {

using management::v1::CallTest;

constexpr std::uint32_t kMostly = 500;  // permille of the time that make a tone the thing to tell
constexpr std::uint32_t kSilent = 990;

// 13, 2 -> "1.3": tenths with their sign.
std::string tenths_text(std::int64_t tenths) {
  return std::string(tenths < 0 ? "-" : "") + std::to_string(std::abs(tenths) / 10) + "." +
         std::to_string(std::abs(tenths) % 10);
}

std::string seconds_text(std::uint32_t ms) { return tenths_text((ms + 50) / 100) + " s"; }

std::string share_text(std::uint32_t permille) {
  return std::to_string((permille + 5) / 10) + " %";
}

std::string tone_text(const media::v1::Heard& heard) {
  return "a tone of " + std::to_string((heard.tone_hz_x10() + 5) / 10) + " Hz at " +
         tenths_text(heard.tone_dbm0_x10()) + " dBm0 in " + share_text(heard.tone_permille()) +
         " of the time";
}

// A line of the report: what it is about in a column of its own.
std::string line(const std::string& about, const std::string& text) {
  constexpr std::size_t kColumn = 10;
  return about + std::string(kColumn - about.size(), ' ') + text + "\n";
}

std::string voice_lines(const CallTest& test) {
  const media::v1::LegStatistics& media = test.media();
  const auto lost = static_cast<double>(media.packets_lost());
  const double expected = lost + static_cast<double>(media.packets_received());
  std::string out =
      line("packets", std::to_string(media.packets_received()) + " received, " +
                          std::to_string(media.packets_lost()) + " lost (" +
                          percent_text(expected > 0 && lost > 0 ? lost / expected : 0) + "), " +
                          std::to_string(media.packets_sent()) + " sent");
  if (media.packets_received() == 0) return out;
  out += line("quality",
              media.codec() + ", jitter " + milliseconds_text(media.jitter_us()) + " ms" +
                  (media.mos_x100() == 0 ? "" : ", MOS " + hundredths_text(media.mos_x100())));
  return out;
}

}  // namespace

std::string heard_text(const media::v1::Heard& heard) {
  if (heard.heard_ms() == 0) return "nothing: no voice came";
  if (heard.tone_permille() >= kMostly) return tone_text(heard);
  if (heard.silent_permille() >= kSilent) return "silence";
  std::string out;
  if (heard.tone_permille() > 0 && heard.tone_permille() + heard.silent_permille() >= kSilent) {
    out = tone_text(heard);  // of a cadence
  } else {
    out = "voice or noise, " + tenths_text(heard.level_dbm0_x10()) + " dBm0";
  }
  if (heard.silent_permille() == 0) return out;
  return out + ", silence in " + share_text(heard.silent_permille());
}

std::vector<std::string> progress_of(const CallTest& before, const CallTest& now) {
  std::vector<std::string> out;
  if (now.peer() != before.peer() && !now.peer().empty()) {
    out.push_back(now.loopback() ? "the gateway calls itself (" + now.peer() + ") ..."
                                 : "calling " + now.number() + " at " + now.trunk() + " (" +
                                       now.peer() + ") ...");
  }
  const bool is_answered = now.answered_after_ms() != 0;
  if (now.ringing_after_ms() != 0 && before.ringing_after_ms() == 0) {
    // Who answers at once has rung as well, and the status is that of the answer by now.
    const bool is_ringing = now.state() == "ringing";
    const std::string what =
        is_ringing ? std::to_string(now.sip_status()) + " " + now.reason() : "rings";
    out.push_back(what + " after " + seconds_text(now.ringing_after_ms()));
  }
  const auto is_new_second = [](const media::v1::Heard& was, const media::v1::Heard& is) {
    return is.heard_ms() / 1000 != was.heard_ms() / 1000;
  };
  if (now.early_after_ms() != 0 && before.early_after_ms() == 0)
    out.push_back("early media after " + seconds_text(now.early_after_ms()));
  if (now.state() == "ringing" && is_new_second(before.early(), now.early()))
    out.push_back("hears early " + heard_text(now.early()));
  if (is_answered && before.answered_after_ms() == 0) {
    out.push_back("answered after " + seconds_text(now.answered_after_ms()) + ", " +
                  (now.echo() ? "sends back what it hears" : "sends a tone of 1004 Hz") + " for " +
                  std::to_string(now.seconds()) + " s");
  }
  if (now.state() == "hearing" && is_new_second(before.heard(), now.heard())) {
    out.push_back("hears " + heard_text(now.heard()));
  }
  return out;
}

std::string failure_of(const CallTest& test) {
  const std::string status = test.sip_status() >= 300 ? std::to_string(test.sip_status()) : "";
  const bool is_said = test.reason().find(status) != std::string::npos;
  return "not answered: " + (is_said ? "" : status + ", ") + test.reason();
}

std::string deafness_of(const CallTest& test) {
  return "the gateway did not hear its own tone; heard " +
         (test.has_media() ? heard_text(test.heard()) : "nothing: the dataplane was away");
}

std::string early_of(const CallTest& test) {
  return test.has_early() ? line("early", heard_text(test.early())) : "";
}

std::string report_of(const CallTest& test) {
  std::string out = line("ended", test.reason()) + early_of(test);
  if (!test.has_media()) return out + line("heard", "unknown: the dataplane was away");
  out += line("heard", heard_text(test.heard())) + voice_lines(test);
  if (test.loopback_heard())
    out += line("passed", "both planes: the call was made, relayed and answered by the gateway");
  return out;
}

}  // namespace junctor::cli
