// SPDX-License-Identifier: MIT
#include "platform/appliance/upgrade.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "platform/appliance/fetch.hpp"
#include "platform/telemetry/escape.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::appliance {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kStick = "usb:";
constexpr std::string_view kExports = "/var/lib/junctor/export/";
constexpr std::string_view kDownload = "/data/upgrade/download.raucb";
constexpr std::string_view kForce = "/run/junctor-appliance/force";
constexpr std::string_view kRefusal = "/run/junctor-appliance/refusal";
// What the image trusts; the same and the configuration's.
constexpr std::string_view kAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::string_view kTrust = "/run/junctor-appliance/trust.pem";
constexpr std::string_view kUsbFile = "/usr/lib/junctor/usb-file";
constexpr std::uintmax_t kLargestKeys = 1 << 20;
constexpr std::size_t kLongestName = 128;

// A file of a folder that we name: no way out of it.
bool is_name(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._-+").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' &&
         text.front() != '-' && std::ranges::all_of(text, is_good);
}

bool is_url(std::string_view text) {
  return text.starts_with(kHttps) && text.size() > kHttps.size() && text.size() <= 2048 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// " 20% Checking bundle" -> 20, "Checking bundle".
bool read_progress(std::string_view line, v1::Work& work) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  std::uint32_t percent = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), percent);
  if (error != std::errc{} || end == line.data() + line.size() || *end != '%' || percent > 100)
    return false;
  work.set_percent(percent);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  work.set_step(escape(std::string(line)));
  return true;
}

// What RAUC says of a file that has no signature tells a person little; the rest it says well.
std::string refusal(const std::string& said) {
  const auto has = [&said](std::string_view part) { return said.find(part) != std::string::npos; };
  if (has("no signers")) return "nobody has signed it (" + said + ")";
  if (has("Signature size")) return "it has no signature, or is not whole (" + said + ")";
  return said;
}

void remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
}

}  // namespace

Upgrade::Upgrade(ipc::Loop& loop, Places places) : loop_(loop), places_(std::move(places)) {
  remove(places_.at(kDownload));
}

Result<void> Upgrade::begin(const v1::AddSoftware& what) {
  return begin(what.source(), what.trust_anchors(),
               [this, force = what.force()](const std::string& file) { install(file, force); });
}

Result<void> Upgrade::begin(const v1::AddKeys& what, Take take) {
  return begin(what.source(), what.trust_anchors(),
               [this, take = std::move(take)](const std::string& file) { this->take(file, take); });
}

Result<void> Upgrade::begin(const std::string& source, const TrustAnchors& trust_anchors, Use use) {
  if (is_busy()) return Error{"", "another upgrade is at work"};
  const bool is_stick = source.starts_with(kStick) && is_name(source.substr(kStick.size()));
  if (!is_stick && !is_url(source) && !is_name(source)) {
    return Error{"", "\"" + escape(source.substr(0, kLongestName)) +
                         "\" is neither https://..., usb:FILE nor a file of `show files`"};
  }
  if (!is_stick && !is_url(source) && !std::filesystem::exists(places_.at(kExports) + source))
    return Error{"", "there is no file " + source};
  if (running_slot(places_).empty()) return Error{"", "this machine was not started from a slot"};
  work_.Clear();
  work_.set_source(source);
  work_.set_state("fetching");
  last_error_.clear();
  use_ = std::move(use);
  log_info("upgrade", "begins", {{"source", source}});
  if (is_stick)
    find_on_stick(source.substr(kStick.size()));
  else if (is_url(source))
    fetch(source, trust_anchors);
  else
    use_(places_.at(kExports) + source);
  return {};
}

void Upgrade::take(const std::string& file, const Take& take) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error || size > kLargestKeys) return fail("it is no file with keys: larger than 1 MiB");
  const auto done = take(read_file(file));
  if (!done) return fail(done.error().text());
  succeed(*done);
}

void Upgrade::run(const std::vector<std::string>& words, Child::Callbacks callbacks) {
  // The child that calls back may be the one that is replaced: it ends after its callback.
  auto on_end = std::move(callbacks.on_end);
  callbacks.on_end = [this, on_end = std::move(on_end)](int status) {
    const auto ended = std::exchange(child_, nullptr);
    on_end(status);
  };
  child_ = Child::run(loop_, words, std::move(callbacks));
}

void Upgrade::fetch(const std::string& url, const TrustAnchors& trust_anchors) {
  std::string trust;
  if (!trust_anchors.empty()) {
    trust = places_.at(kTrust);
    std::ofstream file(trust, std::ios::trunc);
    file << read_file(places_.at(kAuthorities));
    for (const std::string& pem : trust_anchors) file << pem << '\n';
  }
  run(fetch_words(url, trust), {.on_line = [this](const std::string& line) { on_fetch_line(line); },
                                .on_end = [this](int status) { on_fetched(status); },
                                .to_file = places_.at(kDownload)});
}

// curl's complaint, which may stand behind a bar that was not ended, and is followed by explanations; else the first
// words of who should have run it.
void Upgrade::on_fetch_line(const std::string& line) {
  constexpr std::string_view kComplaint = "curl: ";
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (const std::size_t at = line.find(kComplaint); at != std::string::npos)
    last_error_ = line.substr(at + kComplaint.size());
  else if (const auto percent = fetch_percent(line))
    work_.set_percent(*percent);
  else if (last_error_.empty() && std::ranges::any_of(line, is_letter))
    last_error_ = line;
}

void Upgrade::on_fetched(int status) {
  const std::string file = places_.at(kDownload);
  const std::string said = std::exchange(last_error_, {});
  if (status == 0) return use_(file);
  std::error_code error;
  const bool is_cut = std::filesystem::file_size(file, error) >= kLargestFile && !error;
  fail(fetch_trouble(is_cut ? kTooLarge : said, std::time(nullptr)));
}

// Beside this service, which mounts nothing and loads no drivers; what it mounts is seen by RAUC then.
// May mount what lies on a USB stick, and nothing else. RAUC has to see it, so nothing that would give the
// unit a mount namespace of its own (ProtectSystem, PrivateTmp, ...) may stand here.
constexpr const char* kStickSandbox[] = {"CapabilityBoundingSet=CAP_SYS_ADMIN",
                                         "NoNewPrivileges=yes",
                                         "RestrictAddressFamilies=AF_UNIX",
                                         "DevicePolicy=closed",
                                         "DeviceAllow=block-sd r",
                                         "SystemCallArchitectures=native",
                                         "SystemCallFilter=@system-service @mount",
                                         "SystemCallErrorNumber=EPERM",
                                         "RestrictNamespaces=yes",
                                         "RestrictSUIDSGID=yes",
                                         "RestrictRealtime=yes",
                                         "LockPersonality=yes",
                                         "MemoryDenyWriteExecute=yes",
                                         "MemoryMax=64M",
                                         "TasksMax=16",
                                         "RuntimeMaxSec=60",
                                         "UMask=0027"};

std::vector<std::string> Upgrade::usb_file(const std::vector<std::string>& words) const {
  std::vector<std::string> all = {"systemd-run", "--quiet", "--pipe", "--wait", "--collect"};
  for (const char* property : kStickSandbox) all.push_back(std::string("--property=") + property);
  all.push_back(places_.at(kUsbFile));
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

void Upgrade::find_on_stick(const std::string& name) {
  is_on_stick_ = true;
  run(usb_file({"find", name}),
      {.on_line = [this](const std::string& line) { last_error_ = line; },
       .on_end =
           [this](int status) {
             if (status != 0)
               return fail(last_error_.empty() ? "no USB stick can be read" : escape(last_error_));
             use_(std::exchange(last_error_, {}));
           }});
}

void Upgrade::install(const std::string& file, bool force) {
  work_.set_state("installing");
  work_.set_percent(0);
  remove(places_.at(kRefusal));
  remove(places_.at(kForce));
  if (force) std::ofstream(places_.at(kForce)).flush();
  run({"rauc", "install", file},
      {.on_line = [this](const std::string& line) { on_install_line(line); },
       .on_end = [this](int status) { on_installed(status); }});
}

void Upgrade::on_install_line(const std::string& line) {
  if (read_progress(line, work_)) return;
  constexpr std::string_view kLastError = "LastError: ";
  if (line.starts_with(kLastError)) last_error_ = escape(line.substr(kLastError.size()));
}

void Upgrade::on_installed(int status) {
  if (status == 0) {
    log_info("upgrade", "the next start takes the new version", {{"source", work_.source()}});
    return succeed("");
  }
  // What pre-install said is the reason; RAUC only knows that it refused.
  std::string reason = read_file(places_.at(kRefusal));
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  if (!reason.empty()) return fail(escape(reason));
  fail(last_error_.empty() ? "RAUC ended with status " + std::to_string(status)
                           : refusal(last_error_));
}

void Upgrade::succeed(const std::string& what) {
  clean_up([this, what] {
    work_.set_state("done");
    work_.set_percent(100);
    work_.set_step(what);
  });
}

void Upgrade::fail(const std::string& reason) {
  log_error("upgrade", "failed", {{"source", work_.source()}, {"reason", reason}});
  clean_up([this, reason] {
    work_.set_state("failed");
    work_.set_error(reason);
  });
}

// Then the next one may begin at once.
void Upgrade::clean_up(std::function<void()> then) {
  remove(places_.at(kForce));
  remove(places_.at(kRefusal));
  remove(places_.at(kDownload));
  remove(places_.at(kTrust));
  if (!std::exchange(is_on_stick_, false)) return then();
  run(usb_file({"leave"}), {.on_line = {}, .on_end = [then = std::move(then)](int) { then(); }});
}

}  // namespace junctor::appliance
