// SPDX-License-Identifier: MIT
#include "dataplane/io/device_args.hpp"

#include <cctype>

namespace junctor::dp {
namespace {

// "xx:xx.x", each x a hexadecimal digit.
bool is_short_pci(std::string_view text) {
  constexpr std::string_view kForm = "xx:xx.x";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (kForm[i] == 'x' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

bool is_domain(std::string_view text) {
  if (text.size() != 5 || text[4] != ':') return false;
  for (const char c : text.substr(0, 4))
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return false;
  return true;
}

}  // namespace

DeviceArgs DeviceArgs::parse(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(','));
  DeviceArgs args{std::string(name), std::string(text), false};
  if (is_short_pci(name)) {
    args = {"0000:" + args.name, "0000:" + args.text, true};
  } else if (name.size() > 5 && is_domain(name.substr(0, 5)) && is_short_pci(name.substr(5))) {
    args.pci = true;
  }
  return args;
}

}  // namespace junctor::dp
