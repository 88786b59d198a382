// SPDX-License-Identifier: MIT
#include "dataplane/control/neighbours.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "platform/telemetry/log.hpp"

namespace junctor::dp {
namespace {

constexpr std::size_t kNudgesPerRun = 256;
constexpr unsigned kReadsPerWake = 64;
constexpr Nanoseconds kUnresolvedEvery = Seconds{1};
constexpr Nanoseconds kFailedEvery = Seconds{3};
constexpr Nanoseconds kStaleEvery = Seconds{1};

}  // namespace

const std::array<CounterDesc, Neighbours::kCounts> Neighbours::kDescriptions{{
    {"events", Severity::Info, "the kernel told a change of its interfaces, routes or neighbours"},
    {"dumps", Severity::Info, "the kernel's tables were read anew"},
    {"overruns", Severity::Warning, "changes came faster than they were read; all is read anew"},
    {"nudges", Severity::Info, "the kernel was asked to resolve or confirm a neighbour"},
    {"refused", Severity::Warning, "the kernel refused to resolve or confirm a neighbour"},
    {"changes", Severity::Info, "a destination of voice got another next hop"},
    {"macs", Severity::Warning,
     "another program changed the MAC address of an interface; it has that of its port again"},
}};

Result<std::unique_ptr<Neighbours>> Neighbours::open(ipc::Loop& loop, NetworkAdmin& admin,
                                                     std::map<int, Egress> egress,
                                                     PortId loop_port) {
  Result<std::unique_ptr<Netlink>> netlink = Netlink::open(true);
  if (!netlink) return netlink.error();
  return std::unique_ptr<Neighbours>(
      new Neighbours(loop, admin, std::move(*netlink), std::move(egress), loop_port));
}

Neighbours::Neighbours(ipc::Loop& loop, NetworkAdmin& admin, std::unique_ptr<Netlink> netlink,
                       std::map<int, Egress> egress, PortId loop_port)
    : loop_(loop), admin_(admin), netlink_(std::move(netlink)), counters_(kDescriptions) {
  mirror_.set_egress(std::move(egress));
  mirror_.set_loop_port(loop_port);
  watch_ = loop.watch(netlink_->fd(), ipc::Loop::kRead, [this](std::uint8_t) { on_readable(); });
  // The interface is down, or the neighbour table is full.
  admin_.set_on_refused([this](const std::string&) { counters_[kRefused].add(); });
  ask_again(true);
}

Neighbours::~Neighbours() { admin_.set_on_refused({}); }

DestinationId Neighbours::acquire(const IpAddress& to, const IpAddress& from) {
  DestinationId& id = ids_[{to, from}];
  if (id == kNoDestination) {
    if (++last_id_ == 0) ++last_id_;
    id = DestinationId{last_id_};
    Destination& made = destinations_[id];
    made.to = to;
    made.from = from;
    made.path = mirror_.resolve(to, from);
    nudge_for(made);
  }
  ++destinations_[id].users;
  return id;
}

void Neighbours::release(DestinationId id) {
  const auto found = destinations_.find(id);
  if (found == destinations_.end() || --found->second.users > 0) return;
  ids_.erase({found->second.to, found->second.from});
  nudged_.erase(found->second.path.neighbour);
  destinations_.erase(found);
}

std::optional<NextHop> Neighbours::get(DestinationId id) const {
  const auto found = destinations_.find(id);
  return found == destinations_.end() ? std::nullopt : found->second.path.hop;
}

void Neighbours::set_on_addresses(
    std::function<void(const std::vector<KernelAddress>&)> on_addresses) {
  on_addresses_ = std::move(on_addresses);
}

std::vector<KernelAddress> Neighbours::addresses() const { return published_; }

void Neighbours::on_readable() {
  for (unsigned i = 0; i < kReadsPerWake; ++i) {
    const Netlink::Read got = netlink_->read([this](const nlmsghdr& m) { on_message(m); });
    if (got == Netlink::Read::Nothing) break;
    if (got == Netlink::Read::Overrun) {
      counters_[kOverruns].add();
      ask_again(true);
    }
  }
  if (asked_ == 0) ask_next();
  if (is_dirty_) resolve_again();
}

void Neighbours::on_message(const nlmsghdr& message) {
  if (message.nlmsg_seq != 0 && message.nlmsg_seq == asked_) return on_dumped(message);
  switch (message.nlmsg_type) {
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      counters_[kEvents].add();
      on_neighbour(message);
      break;
    case RTM_NEWLINK:
      if (const auto link = decode_link(message)) keep_mac(*link);
      [[fallthrough]];
    case RTM_DELLINK:
    case RTM_NEWADDR:
    case RTM_DELADDR:
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      counters_[kEvents].add();
      ask_again(false);
      break;
    default:
      break;
  }
}

void Neighbours::on_neighbour(const nlmsghdr& message) {
  const auto said = decode_neighbour(message);
  if (!said || !mirror_.egress().contains(said->key.ifindex)) return;
  if (message.nlmsg_type == RTM_DELNEIGH) {
    mirror_.drop_neighbour(said->key, is_needed(said->key));
  } else if (mirror_.put_neighbour(said->key, said->state, said->has_mac ? &said->mac : nullptr)) {
    is_dirty_ = true;
  }
}

void Neighbours::on_dumped(const nlmsghdr& message) {
  if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted_ = true;
  if (message.nlmsg_type == NLMSG_DONE || message.nlmsg_type == NLMSG_ERROR) {
    asked_ = 0;
    finish_table();
    return;
  }
  if (const auto link = decode_link(message)) {
    links_[link->ifindex] = link->is_up;
    keep_mac(*link);
  }
  if (const auto address = decode_address(message)) new_addresses_.push_back(address->address);
  if (auto route = decode_route(message)) routes_.push_back(std::move(route->route));
  on_neighbour(message);
}

// The port takes no frames to another address. udev, for one, gives a new tap an address of its own
// unless it had one already when udev looked (MACAddressPolicy=persistent).
void Neighbours::keep_mac(const KernelLink& link) {
  const auto found = mirror_.egress().find(link.ifindex);
  if (found == mirror_.egress().end() || !link.mac) return;
  if (*link.mac == found->second.mac) {
    wrong_macs_.erase(link.ifindex);
    return;
  }
  if (!wrong_macs_.insert(link.ifindex).second) return;
  counters_[kMacs].add();
  admin_.set_mac(link.ifindex, found->second.mac);
  if (!told_.insert(link.ifindex).second) return;
  log_warning("network", "another program changed the MAC address of an interface; it is set back",
              {{"interface", link.name}});
}

// Notes that tables are to be read (again); they are asked for one after the other.
void Neighbours::ask_again(bool with_neighbours) {
  ask_tables_again_ = true;
  ask_neighbours_again_ |= with_neighbours;
  if (asked_ == 0) ask_next();
}

void Neighbours::ask_next() {
  if (to_ask_.empty() && ask_tables_again_) {
    to_ask_ = {Table::Links, Table::Addresses, Table::Routes4, Table::Routes6};
    if (ask_neighbours_again_) {
      to_ask_.push_back(Table::Neighbours4);
      to_ask_.push_back(Table::Neighbours6);
      mirror_.begin_refresh();
    }
    ask_tables_again_ = ask_neighbours_again_ = interrupted_ = false;
    links_.clear();
    new_addresses_.clear();
    routes_.clear();
    counters_[kDumps].add();
  }
  if (to_ask_.empty()) return;
  switch (to_ask_.front()) {
    case Table::Links:
      asked_ = netlink_->ask(RTM_GETLINK, AF_UNSPEC);
      break;
    case Table::Addresses:
      asked_ = netlink_->ask(RTM_GETADDR, AF_UNSPEC);
      break;
    case Table::Routes4:
      asked_ = netlink_->ask(RTM_GETROUTE, AF_INET);
      break;
    case Table::Routes6:
      asked_ = netlink_->ask(RTM_GETROUTE, AF_INET6);
      break;
    case Table::Neighbours4:
      asked_ = netlink_->ask(RTM_GETNEIGH, AF_INET);
      break;
    case Table::Neighbours6:
      asked_ = netlink_->ask(RTM_GETNEIGH, AF_INET6);
      break;
  }
}

void Neighbours::finish_table() {
  const Table done = to_ask_.front();
  to_ask_.pop_front();
  const bool with_neighbours = done == Table::Neighbours6 || !to_ask_.empty();
  if (interrupted_) {
    // The table changed while it was read: what came is no whole.
    to_ask_.clear();
    ask_again(with_neighbours);
    return;
  }
  if (done == Table::Routes6) {
    mirror_.set_links(std::move(links_));
    mirror_.set_addresses(std::move(new_addresses_));
    mirror_.set_routes(std::move(routes_));
    is_dirty_ = true;
    publish_addresses();
  } else if (done == Table::Neighbours6) {
    mirror_.drop_unrefreshed([this](const NeighbourKey& key) { return is_needed(key); });
    is_dirty_ = true;
  }
  ask_next();
}

void Neighbours::publish_addresses() {
  std::vector<KernelAddress> ours;
  for (const KernelAddress& address : mirror_.addresses()) {
    if (address.is_global && mirror_.egress().contains(address.ifindex)) ours.push_back(address);
  }
  if (ours == published_) return;
  published_ = std::move(ours);
  if (on_addresses_) on_addresses_(published_);
}

bool Neighbours::is_needed(const NeighbourKey& key) const {
  return std::any_of(destinations_.begin(), destinations_.end(), [&](const auto& entry) {
    return entry.second.path.neighbour == key || entry.second.path.preferred == key;
  });
}

void Neighbours::resolve_again() {
  is_dirty_ = false;
  std::vector<DestinationId> changed;
  for (auto& [id, destination] : destinations_) {
    NetworkMirror::Path path = mirror_.resolve(destination.to, destination.from);
    if (path == destination.path) continue;
    if (path.hop != destination.path.hop) changed.push_back(id);
    destination.path = path;
    nudge_for(destination);
  }
  counters_[kChanges].add(changed.size());
  for (const DestinationId id : changed) {
    if (on_change_) on_change_(id);
  }
}

void Neighbours::nudge(const NeighbourKey& key, Nanoseconds not_within) {
  const Nanoseconds now = loop_.clock().now();
  const auto [at, is_new] = nudged_.try_emplace(key, now);
  if (!is_new && now - at->second < not_within) return;
  at->second = now;
  counters_[kNudges].add();
  admin_.nudge(key);
}

void Neighbours::nudge_for(const Destination& destination) {
  const NetworkMirror::Path& path = destination.path;
  if (path.preferred.ifindex != 0) nudge(path.preferred, kFailedEvery);
  if (path.neighbour.ifindex == 0) return;
  const NetworkMirror::Neighbour* known = mirror_.neighbour(path.neighbour);
  const NeighbourState state = known == nullptr ? NeighbourState::Unknown : known->state;
  if (state == NeighbourState::Unknown) nudge(path.neighbour, kUnresolvedEvery);
  if (state == NeighbourState::Failed) nudge(path.neighbour, kFailedEvery);
  if (state == NeighbourState::Stale) nudge(path.neighbour, kStaleEvery);
}

void Neighbours::run() {
  if (asked_ == 0) ask_next();  // where the kernel did not take the question
  for (const int ifindex : wrong_macs_) admin_.set_mac(ifindex, mirror_.egress().at(ifindex).mac);
  auto at = destinations_.upper_bound(next_nudge_);
  for (std::size_t i = 0; i < std::min(kNudgesPerRun, destinations_.size()); ++i) {
    if (at == destinations_.end()) at = destinations_.begin();
    nudge_for(at->second);
    next_nudge_ = at->first;
    ++at;
  }
}

}  // namespace junctor::dp
