// SPDX-License-Identifier: MIT
// A Reply as text for people. Pure functions: the same Reply and time give the same text.
// width: of a line; 0: as it likes.
//
// Errors    none; what is missing in a Reply is shown as "-".
#pragma once

#include <cstdint>
#include <string>

#include "management/v1/management.pb.h"

namespace junctor::cli {

using management::v1::Reply;

std::string render_calls(const Reply& reply, std::uint64_t now_unix_ms, std::size_t width = 0);
std::string render_call_legs(const Reply& reply, std::size_t width = 0);  // of `show calls CALL`
std::string render_calls_detail(const Reply& reply, std::uint64_t now_unix_ms);
std::string render_trunks(const Reply& reply, std::size_t width = 0);
std::string render_trunk(const Reply& reply, std::uint64_t now_unix_ms,
                         std::size_t width = 0);  // with all that is known
std::string render_media(const Reply& reply, std::size_t width = 0);
std::string render_ports(const Reply& reply, std::size_t width = 0);
std::string render_workers(const Reply& reply);
std::string render_counters(const Reply& reply, std::size_t width);
std::string render_memory(const Reply& reply, std::size_t width = 0);
std::string render_records(const Reply& reply, std::size_t width = 0);
std::string render_version(const Reply& reply, std::uint64_t now_unix_ms);
// The ladder of each call: calling peer, gateway, called peer.
std::string render_trace(const Reply& reply, bool is_full);
// The same with two lines where a call has one leg only.
std::string render_sip(const Reply& reply, bool is_full);

}  // namespace junctor::cli
