// SPDX-License-Identifier: MIT
#include "platform/cli/setup.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include "platform/base/address.hpp"
#include "platform/cli/gateway_language.hpp"
#include "platform/config/diff.hpp"

namespace junctor::cli {

using console::Outcome;
using console::Sink;

namespace {

constexpr std::string_view kNewInterface = "lan";
constexpr std::string_view kUnnamed = "junctor";  // as a factory configuration names it
constexpr std::string_view kEverywhere4 = "0.0.0.0/0";
constexpr std::string_view kEverywhere6 = "::/0";

std::vector<std::string> words_of(const std::string& answer) {
  std::string text = answer;
  std::ranges::replace(text, ',', ' ');
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

template <typename List>
std::string text_of(const List& list) {
  std::string text;
  for (const std::string& one : list) text += (text.empty() ? "" : " ") + one;
  return text;
}

const config::v1::KernelRoute* default_route(const config::v1::Interface& interface) {
  const auto at = std::ranges::find_if(interface.routes(), [](const auto& route) {
    return route.destination() == kEverywhere4 || route.destination() == kEverywhere6;
  });
  return at == interface.routes().end() ? nullptr : &*at;
}

bool is_in_reach(const config::v1::Interface& interface, const IpAddress& router) {
  return std::ranges::any_of(interface.addresses(), [&router](const std::string& text) {
    const auto prefix = IpPrefix::parse(text);
    return prefix && prefix->contains(router);
  });
}

// The interface that the machine is managed by: the first.
const config::v1::Interface* first_interface(const config::v1::Config& config) {
  return config.interfaces().empty() ? nullptr : &config.interfaces(0);
}

}  // namespace

bool is_untouched(const config::v1::Config& config) {
  config::v1::Config rest = config;
  config::v1::System& system = *rest.mutable_system();
  system.clear_users();
  if (system.name() == kUnnamed) system.clear_name();
  if (system.ByteSizeLong() == 0) rest.clear_system();
  return rest.ByteSizeLong() == 0;
}

bool Setup::ask(Sink& out) {
  const config::v1::Config before = candidate_;
  const bool is_whole =
      ask_one(out, "Name of this gateway", candidate_.system().name(),
              [this](const std::string& answer) {
                return put({"system", "name"}, {answer});
              }) &&
      ask_address(out) && ask_gateway(out) &&
      ask_one(out, "Name servers (DNS), addresses", text_of(candidate_.system().dns().servers()),
              [this](const std::string& answer) {
                return put({"system", "dns", "server"}, words_of(answer));
              }) &&
      ask_one(out, "Time servers (NTP), names or addresses",
              text_of(candidate_.system().ntp().servers()), [this](const std::string& answer) {
                return put({"system", "ntp", "server"}, words_of(answer));
              });
  if (!is_whole) candidate_ = before;
  return is_whole;
}

bool Setup::ask_one(Sink& out, const std::string& question, const std::string& now,
                    const Take& take) {
  const std::string prompt = question + (now.empty() ? "" : " [" + now + "]") + ": ";
  for (;;) {
    const auto answer = out.ask(prompt, false);
    if (!answer) return false;
    const std::vector<std::string> words = words_of(*answer);
    if (words.empty()) return true;
    const auto mistake = take(text_of(words));
    if (!mistake) return true;
    out.write("% " + *mistake + "\n");
  }
}

bool Setup::ask_address(Sink& out) {
  const config::v1::Interface* const interface = first_interface(candidate_);
  if (interface == nullptr && port_.empty()) {
    out.write("this machine has no port of a name: its addresses are set with `set interface`\n");
    return true;
  }
  const std::string name = interface == nullptr ? std::string(kNewInterface) : interface->name();
  const std::string device = interface == nullptr ? port_ : interface->device();
  const std::string now = interface == nullptr ? "" : text_of(interface->addresses());
  return ask_one(
      out, "Address of " + device + " with its prefix (192.0.2.1/24)", now,
      [this, name, device, is_new = interface == nullptr](const std::string& answer) {
        const config::v1::Config before = candidate_;
        auto mistake = is_new ? put({"interface", name, "device"}, {device}) : std::nullopt;
        if (!mistake) mistake = put({"interface", name, "address"}, words_of(answer));
        if (mistake) candidate_ = before;
        return mistake;
      });
}

bool Setup::ask_gateway(Sink& out) {
  const config::v1::Interface* const interface = first_interface(candidate_);
  if (interface == nullptr || interface->addresses().empty()) return true;
  const config::v1::KernelRoute* const route = default_route(*interface);
  return ask_one(out, "Default gateway", route == nullptr ? "" : route->gateway(),
                 [this, name = interface->name()](const std::string& answer) {
                   return put_gateway(name, answer);
                 });
}

std::optional<std::string> Setup::put_gateway(const std::string& interface,
                                              const std::string& answer) {
  const auto router = IpAddress::parse(answer);
  const std::string to(router && router->is_v6() ? kEverywhere6 : kEverywhere4);
  if (router && !is_in_reach(*first_interface(candidate_), *router))
    return answer + " is in no network of " + interface;
  return put({"interface", interface, "route", to, "gateway"}, {answer});
}

std::optional<std::string> Setup::put(config::Words place, const std::vector<std::string>& values) {
  config::v1::Config next = candidate_;
  static_cast<void>(config::erase(next, place));  // it may have been empty
  for (const std::string& value : values) {
    config::Words words = place;
    words.push_back(value);
    if (const auto mistake = config::set(next, words)) return value + ": " + mistake->reason;
  }
  candidate_ = std::move(next);
  return std::nullopt;
}

// ---- the command

Outcome GatewayLanguage::set_up(Sink& out) {
  if (!out.is_terminal()) return Outcome::failed("a set-up asks, at a terminal");
  if (is_configuring_) return Outcome::failed("leave the configuration first: it has a candidate");
  const auto now = get_config(0);
  if (!now) return Outcome::failed(now.error().text());
  if (now->configuration().role() != config::v1::ADMIN)
    return Outcome::failed("only an admin may configure");
  base_ = candidate_ = now->configuration().config();
  base_revision_ = now->configuration().revision().number();
  out.write("An empty answer leaves a value as it is, ^C leaves all as it is.\n");
  if (!Setup(candidate_, first_port()).ask(out)) return Outcome::failed("nothing is changed");
  const std::string changes = config::compare(base_, candidate_);
  if (changes.empty()) {
    out.write("nothing is changed\n");
    return {};
  }
  out.write("\n" + changes);
  const auto answer = out.ask("Commit that? (yes/no) [yes]: ", false);
  if (!answer || (!answer->empty() && !std::string_view("yes").starts_with(*answer)))
    return Outcome::failed("nothing is changed");
  Outcome outcome = commit({{"commit", "comment", "set-up"}, {}, false}, out);
  if (outcome.kind == Outcome::Kind::Done) take_ports(out);
  return outcome;
}

std::string GatewayLanguage::first_port() const {
  management::v1::Request request;
  request.mutable_show_hardware();
  const auto reply = given_.gateway.ask(request);
  if (!reply || reply->hardware().machine().ports().empty()) return {};
  return reply->hardware().machine().ports(0).name();
}

// The dataplane takes ports at its start. Without calls nobody misses it meanwhile.
void GatewayLanguage::take_ports(Sink& out) {
  management::v1::Request request;
  request.mutable_show_version();
  const auto version = given_.gateway.ask(request);
  if (!version || version->version().calls() > 0) return;
  const auto& waiting = version->version().waiting();
  if (std::ranges::none_of(waiting, [](const management::v1::RestartWait& wait) {
        return wait.program() == "junctor-dataplane";
      }))
    return;
  request.mutable_restart_program()->set_program(management::v1::PROGRAM_DATAPLANE);
  const auto reply = given_.gateway.ask(request);
  if (!reply || !reply->error().empty()) return;
  for (const std::string& note : reply->notes()) out.write(note + "\n");
}

}  // namespace junctor::cli
