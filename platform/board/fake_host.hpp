// SPDX-License-Identifier: MIT
// A machine for tests: files in a folder of its own, and a kernel that binds drivers to devices.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/board/host.hpp"
#include "platform/ipc/temp_dir.hpp"

namespace junctor::board {

class FakeHost final : public Host {
 public:
  FakeHost() : FakeHost(std::make_unique<ipc::TempDir>()) {}

  void file(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path_of(path)).parent_path());
    std::ofstream(path_of(path)) << text;
  }
  void link(const std::string& path, const std::string& target) {
    std::filesystem::create_directories(std::filesystem::path(path_of(path)).parent_path());
    std::filesystem::create_symlink(target, path_of(path));
  }
  // A device, with an IOMMU group and a driver unless they are "".
  void pci(const std::string& address, const std::string& class_id, const std::string& group = "",
           const std::string& driver = "") {
    const std::string folder = "/sys/bus/pci/devices/" + address;
    file(folder + "/class", class_id + "\n");
    file(folder + "/vendor", "0x8086\n");
    file(folder + "/device", "0x1521\n");
    file(folder + "/driver_override", "(null)\n");
    file("/sys/bus/pci/drivers_probe", "");
    if (!group.empty()) {
      link(folder + "/iommu_group", "../../../kernel/iommu_groups/" + group);
      file("/sys/kernel/iommu_groups/" + group + "/devices/" + address, "");
    }
    if (!driver.empty()) bind(address, driver);
  }
  void board(const std::string& name, const std::string& text) {
    file("/usr/share/junctor/boards/" + name + "/board.json", text);
  }

  Result<void> write(const std::string& path, std::string_view text) override {
    writes.push_back(path + " " + std::string(text));
    if (path.ends_with("/driver/unbind")) {
      std::filesystem::remove(path_of("/sys/bus/pci/devices/" + std::string(text) + "/driver"));
      return {};
    }
    if (path == "/sys/bus/pci/drivers_probe") {
      const std::string address(text);
      const auto wanted = read("/sys/bus/pci/devices/" + address + "/driver_override");
      if (refuses.contains(address)) return Error{path, "No such device"};
      if (loaded.contains(wanted.value_or(""))) bind(address, *wanted);
      return {};
    }
    if (path.ends_with("nr_hugepages") && std::stoul(std::string(text)) > most_pages)
      return Host::write(path, std::to_string(most_pages));
    return Host::write(path, text);
  }
  Result<void> give(const std::string& path, const std::string& group, unsigned mode) override {
    given[path] = group + " " + octal(mode);
    return {};
  }
  Result<void> set_mode(const std::string& path, unsigned mode) override {
    given[path] = octal(mode);
    return {};
  }
  Result<void> run(const std::vector<std::string>& words) override {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    ran.push_back(line);
    if (words.back() == watchdog_module) {
      file("/sys/class/watchdog/watchdog0/identity", "fake watchdog\n");
      return {};
    }
    if (words[0] == "modprobe") return Error{line, "ended with 1"};
    return {};
  }

  std::vector<std::string> writes;
  std::vector<std::string> ran;
  std::map<std::string, std::string> given;
  std::set<std::string> loaded{"vfio-pci"};  // drivers
  std::set<std::string> refuses;             // devices
  unsigned long most_pages = 100'000;
  std::string watchdog_module;

 private:
  explicit FakeHost(std::unique_ptr<ipc::TempDir> folder)
      : Host(*folder / "root"), folder_(std::move(folder)) {}

  void bind(const std::string& address, const std::string& driver) {
    const std::string place = "/sys/bus/pci/devices/" + address + "/driver";
    std::filesystem::create_directories(path_of("/sys/bus/pci/drivers/" + driver));
    std::filesystem::create_symlink("../../drivers/" + driver, path_of(place));
  }
  static std::string octal(unsigned mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode);
    return text;
  }

  std::unique_ptr<ipc::TempDir> folder_;
};

}  // namespace junctor::board
