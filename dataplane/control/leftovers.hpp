// SPDX-License-Identifier: MIT
// Leftovers: what an earlier configuration had us add to the kernel, and this one does not want.
//
//   tap with our alias, of no port now, held by no process       --> removed, with all it has
//   address or route with our mark, on an interface of a port    --> dropped, unless it is wanted
//   address or route with our mark, on one that nobody holds     --> dropped
//   all else: the operator's, another program's, another gateway's --> stays
//
// Threads   the one of the socket.
// Errors    why the tables of the kernel cannot be read. What cannot be removed is logged.
#pragma once

#include <functional>

#include "dataplane/control/netlink.hpp"
#include "dataplane/control/wanted_network.hpp"

namespace junctor::dp {

// Of an interface by its index; null if it belongs to no port.
using FindWanted = std::function<const WantedNetwork*(int ifindex)>;

// Logs what goes. True if an address went: without promote_secondaries the kernel takes others of
// its network along.
Result<bool> drop_leftovers(Netlink& netlink, const FindWanted& find);

}  // namespace junctor::dp
