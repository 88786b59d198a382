// SPDX-License-Identifier: MIT
// A store on a disk in memory, and configurations that are told apart by a name.
#pragma once

#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <string>

#include "platform/config/store.hpp"
#include "platform/config/test_disk.hpp"

namespace junctor::config {

inline v1::Config config_named(const std::string& name) {
  v1::Config config;
  config.mutable_system()->set_name(name);
  return config;
}

inline bool is_same(const v1::Config& a, const v1::Config& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

struct TestStore {
  TestDisk disk;
  FakeClock clock;
  std::unique_ptr<Store> store;

  Result<void> open(const std::optional<v1::Config>& initial = config_named("first")) {
    store.reset();
    auto opened = Store::open("/gw", disk, clock, initial);
    if (!opened) return opened.error();
    store = std::move(*opened);
    return {};
  }
  Result<Revision> commit(const std::string& name, std::optional<Seconds> window = {}) {
    return store->commit(config_named(name), "jane", "to " + name, window);
  }
  // Of what holds.
  std::string name() const { return store->running().system().name(); }
  std::string file(const std::string& path) { return disk.read("/gw/" + path)->value_or("none"); }
  // As someone with an editor does.
  void edit(const std::string& path, const std::string& what, const std::string& by) {
    std::string text = file(path);
    text.replace(text.find(what), what.size(), by);
    write(path, text);
  }
  void write(const std::string& path, const std::string& text) {
    for (const auto& done :
         {disk.write_whole("/gw/" + path, text), disk.sync("/gw/" + path), disk.sync("/gw")})
      EXPECT_TRUE(done.ok());
  }
};

}  // namespace junctor::config
