// SPDX-License-Identifier: MIT
// RecordListener: a journal that tells of each record, after the journal has it.
//
// Threads   the control loop's.
// Lifetime  whoever listens outlives the journal's last record.
#pragma once

#include <functional>
#include <memory>

#include "controlplane/journal/journal.hpp"

namespace junctor::cp {

using OnRecord = std::function<void(const management::v1::CallRecord& record)>;
std::unique_ptr<Journal> with_listener(std::unique_ptr<Journal> journal, OnRecord on_record);

}  // namespace junctor::cp
