// SPDX-License-Identifier: MIT
#include "controlplane/app/system_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/keys/certificate.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

constexpr const char* kFirstLine = "# Written by junctor-control from its configuration.\n";

template <typename List>
std::string joined(const List& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// RFC 952 and RFC 1123, section 2.1: letters, digits and hyphens, no hyphen at an end.
std::string host_name(std::string name) {
  std::ranges::replace(name, '_', '-');
  while (name.ends_with('-')) name.pop_back();
  return name + "\n";
}

// resolv.conf(5)
std::string resolver(const config::v1::Dns& dns) {
  std::string text = kFirstLine;
  for (const std::string& server : dns.servers()) text += "nameserver " + server + "\n";
  if (!dns.search().empty()) text += "search " + joined(dns.search()) + "\n";
  return text;
}

// timesyncd.conf(5)
std::string time_servers(const config::v1::Ntp& ntp) {
  return std::string(kFirstLine) + "[Time]\nNTP=" + joined(ntp.servers()) + "\n";
}

// For rootfs/units/apply-ssh: nothing while SSH is off.
std::string ssh(const config::v1::System& system) {
  std::string text = kFirstLine;
  if (!system.ssh().enabled()) return text;
  text += "port " + std::to_string(system.ssh().port()) + "\n";
  for (const std::string& address : system.ssh().addresses()) text += "address " + address + "\n";
  for (const config::v1::User& user : system.users())
    for (const std::string& key : user.ssh_keys()) text += "key " + user.name() + " " + key + "\n";
  return text;
}

}  // namespace

std::map<std::string, std::string> system_files(const config::v1::System& system) {
  return {{"hostname", host_name(system.name())},
          {"resolv.conf", resolver(system.dns())},
          {"timesyncd.conf", time_servers(system.ntp())},
          {"ssh", ssh(system)}};
}

std::vector<std::string> trust_anchors(const config::v1::System& system) {
  std::vector<std::string> out;
  for (const config::v1::TrustAnchor& anchor : system.trust_anchors())
    if (auto pem = keys::pem_of_certificate(anchor.certificate())) out.push_back(*std::move(pem));
  return out;
}

void SystemFiles::write(const config::v1::System& system) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  bool has_changed = false;
  for (const auto& [name, text] : system_files(system)) {
    const auto done = put(name, text);
    if (!done) log_error("system", "cannot be written", {{"reason", done.error().text()}});
    has_changed |= done && *done;
  }
  if (has_changed) std::ofstream(folder_ + "/changed").flush();
}

Result<bool> SystemFiles::put(const std::string& name, const std::string& text) const {
  const std::string path = folder_ + "/" + name;
  std::ifstream old(path, std::ios::binary);
  if (old && std::string(std::istreambuf_iterator<char>(old), {}) == text) return false;
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error{fresh, std::strerror(errno)};
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return Error{path, std::strerror(errno)};
  log_info("system", "written", {{"file", path}});
  return true;
}

}  // namespace junctor::cp
