// SPDX-License-Identifier: MIT
#include "platform/board/lists.hpp"

#include <iterator>

namespace junctor::board {

std::set<std::string> modules_of(const std::vector<v1::Board>& boards) {
  std::set<std::string> names = storage_modules_of(boards);
  names.merge(watchdog_modules_of(boards));
  names.merge(own_modules_of(boards));
  names.insert(std::begin(kVfioModules), std::end(kVfioModules));
  names.insert({kUioModule, kSoftdog});
  return names;
}

std::set<std::string> own_modules_of(const std::vector<v1::Board>& boards) {
  std::set<std::string> names;
  for (const v1::Board& board : boards)
    names.insert(board.modules().begin(), board.modules().end());
  return names;
}

std::set<std::string> storage_modules_of(const std::vector<v1::Board>& boards) {
  std::set<std::string> names;
  for (const v1::Board& board : boards)
    names.insert(board.storage_modules().begin(), board.storage_modules().end());
  return names;
}

std::set<std::string> watchdog_modules_of(const std::vector<v1::Board>& boards) {
  std::set<std::string> names;
  for (const v1::Board& board : boards)
    names.insert(board.watchdog().modules().begin(), board.watchdog().modules().end());
  return names;
}

std::set<std::string> drivers_of(const std::vector<v1::Board>& boards) {
  std::set<std::string> names{"librte_bus_pci", "librte_bus_vdev", "librte_mempool_ring"};
  for (const v1::Board& board : boards)
    for (const std::string& driver : board.drivers()) names.insert("librte_" + driver);
  return names;
}

}  // namespace junctor::board
