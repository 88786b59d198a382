// SPDX-License-Identifier: MIT
#include "platform/appliance/fetch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "platform/telemetry/escape.hpp"

namespace junctor::appliance {
namespace {

// Of this service, so that it does not outlive it. A name that is known, for the path of its credential.
constexpr const char* kUnit = "junctor-fetch";
constexpr const char* kTrust = "/run/credentials/junctor-fetch.service/trust";
constexpr std::array kSandbox = {
    "BindsTo=junctor-appliance.service",
    "DynamicUser=yes",
    "CapabilityBoundingSet=",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "MemoryMax=128M",
    "TasksMax=16",
    "LimitFSIZE=512M",
    "LimitCORE=0",
    "PrivateDevices=yes",
    "ProtectHome=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectProc=invisible",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@resources @keyring @privileged",
    "SystemCallErrorNumber=EPERM",
};

// systemd puts values of its environment in place of $NAME, and $ in place of $$.
std::string without_variables(std::string_view word) {
  std::string out;
  for (const char c : word) out.append(c == '$' ? 2 : 1, c);
  return out;
}

std::string date_of(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

// "(60) SSL certificate problem: certificate has expired" -> 60; 0 without a number. What is behind it stays.
int take_number(std::string_view& said) {
  const std::size_t end = said.starts_with('(') ? said.find(") ") : std::string_view::npos;
  if (end == std::string_view::npos) return 0;
  int number = 0;
  std::from_chars(said.data() + 1, said.data() + end, number);
  said.remove_prefix(end + 2);
  return number;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string certificate_trouble(std::string_view reason, std::int64_t now) {
  const std::string sentence =
      "the server's certificate is not trusted: " + escape(std::string(reason));
  if (has(reason, "not yet valid") || has(reason, "expired"))
    return sentence + " (the clock of this machine says " + date_of(now) + ")";
  if (has(reason, "issuer") || has(reason, "self-signed"))
    return sentence + " (an authority of your own: set system trust-anchor)";
  return sentence;
}

}  // namespace

std::vector<std::string> fetch_words(const std::string& url, const std::string& trust) {
  std::vector<std::string> words = {"systemd-run", "--quiet",   "--pipe",
                                    "--wait",      "--collect", std::string("--unit=") + kUnit};
  for (const char* property : kSandbox) words.push_back(std::string("--property=") + property);
  if (!trust.empty()) words.push_back("--property=LoadCredential=trust:" + trust);
  // --disable: no file of settings is read. --globoff: the address is one, whatever brackets it has.
  for (const char* word :
       {"--", "curl", "--disable", "--globoff", "--fail", "--location", "--max-redirs", "10"})
    words.emplace_back(word);
  for (const char* word : {"--proto", "=https", "--proto-redir", "=https", "--connect-timeout",
                           "30", "--speed-limit", "1000", "--speed-time", "60", "--progress-bar"})
    words.emplace_back(word);
  words.insert(words.end(), {"--max-filesize", std::to_string(kLargestFile)});
  if (!trust.empty()) words.insert(words.end(), {"--cacert", kTrust});
  words.insert(words.end(), {"--url", without_variables(url)});
  return words;
}

std::optional<std::uint32_t> fetch_percent(std::string_view line) {
  const std::size_t percent = line.rfind('%');
  if (percent == std::string_view::npos || percent == 0) return std::nullopt;
  const std::size_t before = line.find_last_of("# ", percent);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(line.data() + begin, line.data() + percent, value);
  if (error != std::errc{}) return std::nullopt;
  return std::min(value, 100U);
}

// The numbers are those of curl(1), "Exit codes".
std::string fetch_trouble(std::string_view said, std::int64_t now) {
  const int number = take_number(said);
  const std::string rest = said.empty() ? "" : ": " + escape(std::string(said));
  switch (number) {
    case 1:
      return "the server sends elsewhere, and not to https" + rest;
    case 6:
      return "the name of the server cannot be resolved" + rest;
    case 7:
      return "the server cannot be reached" + rest;
    case 18:
    case 52:
    case 55:
    case 56:
    case 92:
      return "the server ended the connection before the file was whole" + rest;
    case 22:
      return "the server does not give the file" + rest;
    case 23:
      return "the file cannot be written: is the data partition full?";
    case 28:
      return "the server takes too long" + rest;
    case 35:
      return "the server does not speak TLS as it should" + rest;
    case 47:
      return "the server sends elsewhere again and again";
    case 60:
      return certificate_trouble(said, now);
    case 63:
      return "the file is larger than 512 MiB: it is no version of Junctor";
    default:
      return "the file cannot be fetched" + rest;
  }
}

}  // namespace junctor::appliance
