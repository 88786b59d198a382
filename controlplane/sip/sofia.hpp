// SPDX-License-Identifier: MIT
// The one door to Sofia-SIP: included by the .cpp files of this folder only.
#pragma once

// Contexts of Sofia's callbacks are ours.
namespace junctor::cp {
class StackImpl;
class ServerCore;
class ClientCore;
}  // namespace junctor::cp
#define NTA_AGENT_MAGIC_T junctor::cp::StackImpl
#define NTA_INCOMING_MAGIC_T junctor::cp::ServerCore
#define NTA_OUTGOING_MAGIC_T junctor::cp::ClientCore

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

namespace junctor::ipc {
class Loop;
}
namespace junctor::cp {
// Sofia's root under a loop of make_su_loop(); nullptr for any other loop.
su_root_t* su_root_of(ipc::Loop& loop);
}  // namespace junctor::cp

// Sofia's logs of its transaction layer and its transports; no header of Sofia's has them.
extern "C" {
extern su_log_t nta_log[];
extern su_log_t tport_log[];
}
