// SPDX-License-Identifier: MIT
#include "controlplane/metrics/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <utility>

#include "controlplane/metrics/dataplane_metrics.hpp"

namespace junctor::cp {
namespace {

using Kind = Exposition::Kind;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");  // pages: in all, resident, ...
  std::uint64_t in_all = 0;
  std::uint64_t resident = 0;
  file >> in_all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Names and meaning are those of every Prometheus client library.
void write_process(Exposition& out, Nanoseconds started) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out.family("process_cpu_seconds_total", Kind::Counter,
             "User and system CPU time of junctor-control.");
  out.sample({}, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  out.family("process_resident_memory_bytes", Kind::Gauge, "Resident memory of junctor-control.");
  out.sample({}, resident_bytes());
  out.family("process_start_time_seconds", Kind::Gauge,
             "When junctor-control was started, since 1970-01-01 00:00 UTC.");
  out.sample({}, static_cast<double>(started / Milliseconds{1}) / 1000);
}

// A trunk is taken for up until all its peers are known to be down.
bool is_up(const Trunk& trunk) {
  const std::string_view state = trunk.state_name();
  return state == "up" || state == "unknown";
}

void write_flow(Exposition& out, const Trunk& trunk, std::string_view direction,
                const TrunkFlow& flow) {
  for (const auto& [status, count] : flow.failed) {
    const std::string text = std::to_string(status);
    const std::string status_class = std::to_string(status / 100) + "xx";
    out.sample({{"trunk", trunk.name()},
                {"direction", direction},
                {"class", status_class},
                {"status", text}},
               static_cast<double>(count));
  }
}

}  // namespace

void Metrics::collect(OnText on_text) {
  waiting_.push_back(std::move(on_text));
  if (waiting_.size() > 1) return;
  media::v1::GetStatistics what;
  what.set_ports(true);
  what.set_counters(true);
  what.set_workers(true);
  what.set_totals(true);
  given_.media.get_statistics(what, [weak = std::weak_ptr(self_)](auto statistics) {
    const auto self = weak.lock();
    if (!self) return;
    const std::string text = (*self)->text(statistics ? &*statistics : nullptr);
    for (const OnText& tell : std::exchange((*self)->waiting_, {})) tell(text);
  });
}

std::string Metrics::text(const media::v1::Statistics* dataplane) const {
  Exposition out;
  write_gateway(out, dataplane != nullptr);
  write_process(out, given_.started);
  write_trunks(out);
  write_peers(out);
  given_.ended_calls.write(out);
  if (dataplane != nullptr) {
    write_ports(out, dataplane->ports());
    write_workers(out, dataplane->workers());
    if (dataplane->has_totals()) write_live(out, dataplane->totals());
  }
  write_counters(out, dataplane);
  return out.take();
}

void Metrics::write_gateway(Exposition& out, bool has_dataplane) const {
  const auto gauge = [&out](std::string_view name, std::string_view help, double value) {
    out.family(name, Kind::Gauge, help);
    out.sample({}, value);
  };
  out.family("junctor_build_info", Kind::Gauge, "1; what runs is in the labels.");
  out.sample({{"version", given_.version}, {"name", given_.config.system().name()}}, 1);
  gauge("junctor_calls", "Calls that are up or being set up.", given_.switchboard.calls());
  gauge("junctor_calls_limit", "Most calls at once (sip.max_calls).",
        given_.config.sip().max_calls());
  gauge("junctor_dataplane_up", "Whether the dataplane answers: 1 or 0.", has_dataplane ? 1 : 0);
  if (given_.store == nullptr) return;
  const auto& pending = given_.store->pending();
  gauge("junctor_config_revision", "Revision of the configuration that holds.",
        given_.store->number());
  gauge("junctor_config_pending",
        "Whether a commit waits to be confirmed, and returns by itself if it is not: 1 or 0.",
        pending ? 1 : 0);
}

void Metrics::write_trunks(Exposition& out) const {
  const auto each = [&](std::string_view name, Kind kind, std::string_view help, auto value) {
    out.family(name, kind, help);
    for (const TrunkPtr& trunk : given_.trunks.all())
      out.sample({{"trunk", trunk->name()}}, static_cast<double>(value(*trunk)));
  };
  const auto both = [&](std::string_view name, std::string_view help, auto in, auto out_value) {
    out.family(name, Kind::Counter, help);
    for (const TrunkPtr& trunk : given_.trunks.all()) {
      const auto sample = [&](std::string_view direction, std::uint64_t value) {
        out.sample({{"trunk", trunk->name()}, {"direction", direction}},
                   static_cast<double>(value));
      };
      sample("in", in(*trunk));
      sample("out", out_value(*trunk));
    }
  };
  each("junctor_trunk_up", Kind::Gauge,
       "Whether calls can be sent to the trunk: enabled, and not all its peers down: 1 or 0.",
       [](const Trunk& trunk) { return is_up(trunk) ? 1 : 0; });
  each("junctor_trunk_calls", Kind::Gauge, "Calls of the trunk, both directions.",
       [](const Trunk& trunk) { return trunk.all_calls(); });
  each("junctor_trunk_calls_limit", Kind::Gauge,
       "Most calls at once, both directions; 0: no limit (max_calls).",
       [](const Trunk& trunk) { return trunk.config().max_calls(); });
  both(
      "junctor_trunk_attempts_total",
      "Calls that came from the trunk (in), and INVITEs that were sent to it (out).",
      [](const Trunk& trunk) { return trunk.calls_in; },
      [](const Trunk& trunk) { return trunk.calls_out; });
  both(
      "junctor_trunk_answered_total", "Attempts that were answered.",
      [](const Trunk& trunk) { return trunk.counts().in.answered; },
      [](const Trunk& trunk) { return trunk.counts().out.answered; });
  each("junctor_trunk_refused_total", Kind::Counter,
       "Calls from the trunk that were refused at once: it, or the gateway, had as many as it may.",
       [](const Trunk& trunk) { return trunk.tally().calls_refused; });
  out.family("junctor_trunk_failed_total", Kind::Counter,
             "Attempts that were not answered, by the SIP status that ended them; 487: given up.");
  for (const TrunkPtr& trunk : given_.trunks.all()) {
    write_flow(out, *trunk, "in", trunk->counts().in);
    write_flow(out, *trunk, "out", trunk->counts().out);
  }
}

void Metrics::write_peers(Exposition& out) const {
  const auto each = [&](auto tell) {
    for (const TrunkPtr& trunk : given_.trunks.all())
      for (const TrunkPeer& peer : trunk->peers()) tell(trunk->name(), peer.hop.peer.text(), peer);
  };
  out.family("junctor_peer_up", Kind::Gauge,
             "Whether the peer answers OPTIONS, or is not known not to: 1 or 0.");
  each([&](const std::string& trunk, const std::string& address, const TrunkPeer& peer) {
    out.sample({{"trunk", trunk}, {"peer", address}}, peer.state == TrunkPeer::State::Down ? 0 : 1);
  });
  out.family("junctor_peer_options_round_trip_seconds", Kind::Gauge,
             "How long the peer took to answer the last OPTIONS.");
  each([&](const std::string& trunk, const std::string& address, const TrunkPeer& peer) {
    if (peer.round_trip_us != 0)
      out.sample({{"trunk", trunk}, {"peer", address}}, peer.round_trip_us / 1e6);
  });
}

// Each counter is a family of its own, with its sentence. Both programs may have one of a name.
void Metrics::write_counters(Exposition& out, const media::v1::Statistics* dataplane) const {
  struct Samples {
    std::string sentence;
    std::vector<std::pair<std::string_view, std::uint64_t>> values;
  };
  std::map<std::string, Samples> families;
  const auto add = [&](std::string_view program, const std::string& name, std::string_view sentence,
                       std::uint64_t value) {
    Samples& samples = families["junctor_" + metric_name(name) + "_total"];
    if (samples.sentence.empty()) samples.sentence = sentence;
    samples.values.emplace_back(program, value);
  };
  for (const CounterRegistry::Row& row : given_.counters.rows())
    add("control", row.name, row.description->sentence, row.value);
  if (dataplane != nullptr) {
    for (const media::v1::Counter& counter : dataplane->counters())
      add("dataplane", counter.name(), counter.sentence(), counter.value());
  }
  for (const auto& [name, samples] : families) {
    out.family(name, Kind::Counter, samples.sentence);
    for (const auto& [program, value] : samples.values)
      out.sample({{"program", program}}, static_cast<double>(value));
  }
}

}  // namespace junctor::cp
