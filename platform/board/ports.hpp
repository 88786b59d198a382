// SPDX-License-Identifier: MIT
// Ports: the names on the case, and the PCI devices that they are; and the giving of them to DPDK.
//
//   port "lan1" at 0000:03:00.0, any  --find_ports-->  lan1, port1, port2
//   each --bind_ports--> on vfio-pci, its group given to group junctor: "ready"
//                    \--> "unusable", and why; a port that is not there is "missing"
//
// Errors    of a port is its reason; no port stops another.
#pragma once

#include <google/protobuf/repeated_field.h>

#include "board/v1/board.pb.h"
#include "board/v1/machine.pb.h"
#include "platform/board/host.hpp"

namespace junctor::board {

using MachinePorts = google::protobuf::RepeatedPtrField<v1::MachinePort>;

// In the order of the board, those of `any` at its place. With what their devices tell.
MachinePorts find_ports(const Host& host, const v1::Board& board);

// may_use_uio: without an IOMMU a port goes to uio_pci_generic. A device that may write anywhere in
// memory is then in the hands of the dataplane.
void bind_ports(Host& host, MachinePorts& ports, bool may_use_uio);

}  // namespace junctor::board
