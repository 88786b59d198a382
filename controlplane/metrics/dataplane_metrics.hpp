// SPDX-License-Identifier: MIT
// What the dataplane says of its ports and workers, as families of metrics.
//
// Threads   pure functions.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include "controlplane/metrics/exposition.hpp"
#include "media/v1/media.pb.h"

namespace junctor::cp {

void write_ports(Exposition& out,
                 const google::protobuf::RepeatedPtrField<media::v1::PortStatistics>& ports);
void write_workers(Exposition& out,
                   const google::protobuf::RepeatedPtrField<media::v1::WorkerStatistics>& workers);

// Voice of the calls that are up: gauges, for a call takes its share with it when it ends.
void write_live(Exposition& out, const media::v1::LegTotals& totals);

}  // namespace junctor::cp
