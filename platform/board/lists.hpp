// SPDX-License-Identifier: MIT
// What an image must carry for some boards: kernel modules and DPDK's libraries, sorted, each once.
// What the gateway needs on every machine whatever its hardware (tun, squashfs, ...) is the image's
// own list.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "board/v1/board.pb.h"

namespace junctor::board {

// Loaded on every board.
inline constexpr const char* kVfioModules[] = {"vfio-pci", "vfio_iommu_type1"};
inline constexpr const char* kUioModule = "uio_pci_generic";
inline constexpr const char* kSoftdog = "softdog";

// All that a board may load: its own, those of its watchdog and disks, vfio, uio, softdog.
std::set<std::string> modules_of(const std::vector<v1::Board>& boards);
// Those that a board names for itself (`modules`).
std::set<std::string> own_modules_of(const std::vector<v1::Board>& boards);
// Those by which disks are reached alone.
std::set<std::string> storage_modules_of(const std::vector<v1::Board>& boards);
// Those of watchdogs of hardware.
std::set<std::string> watchdog_modules_of(const std::vector<v1::Board>& boards);
// "librte_net_virtio", and what DPDK needs whatever the ports are.
std::set<std::string> drivers_of(const std::vector<v1::Board>& boards);

}  // namespace junctor::board
