// SPDX-License-Identifier: MIT
// What a call pays for its safety: one save of 4 KiB, and one end with its record.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "controlplane/journal/journal.hpp"

namespace junctor::cp {
namespace {

void save(benchmark::State& state) {
  const std::string folder = std::filesystem::temp_directory_path() / "journal-bench";
  std::filesystem::create_directories(folder);
  CounterRegistry counters;
  {
    auto journal = Journal::open(folder + "/journal.db", counters);
    const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
    std::uint64_t i = 0;
    for (auto _ : state) (*journal)->save("call-" + std::to_string(i++ % 10'000), value);
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(save)->Arg(1024)->Arg(4096);

void finish(benchmark::State& state) {
  const std::string folder = std::filesystem::temp_directory_path() / "journal-bench";
  std::filesystem::create_directories(folder);
  CounterRegistry counters;
  {
    auto journal = Journal::open(folder + "/journal.db", counters);
    management::v1::CallRecord record;
    record.set_reason("the caller hung up");
    std::uint64_t i = 0;
    for (auto _ : state) {
      record.set_id("call-" + std::to_string(i));
      record.set_ended_unix_ms(++i);
      (*journal)->finish(record);
    }
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(finish);

}  // namespace
}  // namespace junctor::cp
BENCHMARK_MAIN();
