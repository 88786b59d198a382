// SPDX-License-Identifier: MIT
#include "controlplane/app/release.hpp"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <string_view>

namespace junctor::cp {
namespace {

std::string hex(const std::uint8_t* octets, std::size_t count) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += kHex[octets[i] >> 4];
    text += kHex[octets[i] & 15];
  }
  return text;
}

std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Notes as in elf(5): a head, the name, the description, each padded to four octets.
std::string build_id_of(const std::uint8_t* notes, std::size_t size) {
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes, sizeof head);
    const std::size_t name_at = sizeof head;
    const std::size_t text_at = name_at + aligned(head.n_namesz);
    const std::size_t whole = text_at + aligned(head.n_descsz);
    if (whole > size) return {};
    const bool is_gnu = head.n_namesz == 4 && std::memcmp(notes + name_at, "GNU", 4) == 0;
    if (is_gnu && head.n_type == NT_GNU_BUILD_ID) return hex(notes + text_at, head.n_descsz);
    notes += whole;
    size -= whole;
  }
  return {};
}

// The first that is told of is the program itself.
int on_object(dl_phdr_info* object, std::size_t, void* found) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader put it
    const auto* notes = reinterpret_cast<const std::uint8_t*>(object->dlpi_addr + part.p_vaddr);
    const std::string id = build_id_of(notes, part.p_memsz);
    if (!id.empty()) *static_cast<std::string*>(found) = id;
  }
  return 1;
}

// "NAME=value" of os-release(5), the value in quotes or not.
std::string value_in(const std::string& line, std::string_view name) {
  if (!line.starts_with(std::string(name) + "=")) return {};
  std::string value = line.substr(name.size() + 1);
  if (value.size() > 1 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

std::string build_id() {
  std::string found;
  dl_iterate_phdr(on_object, &found);
  return found;
}

Release read_release(const std::string& path) {
  std::ifstream file(path);
  std::string id, version;
  for (std::string line; std::getline(file, line);) {
    if (const std::string value = value_in(line, "ID"); !value.empty()) id = value;
    if (const std::string value = value_in(line, "VERSION_ID"); !value.empty()) version = value;
  }
  const bool is_firmware = id == "junctor" && !version.empty();
  return {is_firmware ? version : JUNCTOR_VERSION, JUNCTOR_VERSION, build_id()};
}

}  // namespace junctor::cp
