// SPDX-License-Identifier: MIT
#include "controlplane/sip/su_loop.hpp"

#include "platform/ipc/loop_contract.hpp"

namespace junctor::ipc {
namespace {

INSTANTIATE_TEST_SUITE_P(SuLoop, LoopContract, ::testing::Values(&cp::make_su_loop));

}  // namespace
}  // namespace junctor::ipc
