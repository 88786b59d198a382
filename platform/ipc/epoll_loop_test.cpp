// SPDX-License-Identifier: MIT
#include "platform/ipc/epoll_loop.hpp"

#include "platform/ipc/loop_contract.hpp"

namespace junctor::ipc {
namespace {

INSTANTIATE_TEST_SUITE_P(EpollLoop, LoopContract, ::testing::Values(&make_epoll_loop));

}  // namespace
}  // namespace junctor::ipc
