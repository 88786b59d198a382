// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "media/v1/media.pb.h"
#include "platform/ipc/channel.hpp"
#include "platform/ipc/epoll_loop.hpp"
#include "platform/ipc/temp_dir.hpp"
#include "platform/ipc/unix_socket.hpp"

namespace junctor::ipc {
namespace {

struct Bench {
  Result<std::unique_ptr<Server>> listen(const std::string& at) {
    return Server::listen(*loop, at, 0660, {}, [this](std::unique_ptr<Channel> channel) {
      channels.push_back(std::move(channel));
      loop->stop();
    });
  }
  TempDir dir;
  std::string path = dir / "test.sock";
  std::unique_ptr<Loop> loop = make_epoll_loop();
  std::vector<std::unique_ptr<Channel>> channels;
};

int connect_to(const std::string& path) {
  const auto address = unix_address(path);
  UniqueFd fd(unix_socket());
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return -1;
  return fd.release();
}

TEST(Server, TakesConnections) {
  Bench bench;
  const auto server = bench.listen(bench.path);
  ASSERT_TRUE(server.ok());
  const UniqueFd one(connect_to(bench.path));
  bench.loop->run();
  const UniqueFd two(connect_to(bench.path));
  bench.loop->run();
  EXPECT_EQ(bench.channels.size(), 2U);
  EXPECT_TRUE(bench.channels[0]->is_open());
}

TEST(Server, GivesTheFileTheModeWhateverTheUmask) {
  Bench bench;
  const mode_t before = umask(0077);
  const auto server = bench.listen(bench.path);
  umask(before);
  ASSERT_TRUE(server.ok());
  struct stat status {};
  ASSERT_EQ(stat(bench.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST(Server, ReplacesAStaleFileOnly) {
  Bench bench;
  {
    const auto address = unix_address(bench.path);
    const UniqueFd dead(unix_socket());
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(bench.path)) << "as a killed process leaves it";
  const auto server = bench.listen(bench.path);
  ASSERT_TRUE(server.ok()) << server.error().text();

  const auto second = bench.listen(bench.path);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().text(), bench.path + ": another process listens there");
  const UniqueFd still(connect_to(bench.path));
  EXPECT_TRUE(still) << "the first is not harmed";
}

TEST(Server, RefusesWhatItCannotHave) {
  Bench bench;
  std::ofstream(bench.dir / "file") << "precious";
  const struct {
    const char* sentence;
    std::string path;
    const char* message;
  } rows[] = {
      {"an ordinary file is not removed", bench.dir / "file", "exists and is no socket"},
      {"a folder that does not exist", bench.dir / "none/x.sock", "No such file or directory"},
      {"a path that does not fit", bench.dir / std::string(120, 'x'),
       "is too long for the path of a socket"},
      {"no path", "", "is too long for the path of a socket"},
  };
  for (const auto& row : rows) {
    const auto server = bench.listen(row.path);
    ASSERT_FALSE(server.ok()) << row.sentence;
    EXPECT_EQ(server.error().where, row.path) << row.sentence;
    EXPECT_EQ(server.error().message, row.message) << row.sentence;
  }
  EXPECT_TRUE(std::filesystem::exists(bench.dir / "file"));
}

TEST(Server, RemovesItsFileButNotASuccessors) {
  Bench bench;
  {
    const auto server = bench.listen(bench.path);
    ASSERT_TRUE(server.ok());
  }
  EXPECT_FALSE(std::filesystem::exists(bench.path));
  {
    auto server = bench.listen(bench.path);
    ASSERT_TRUE(server.ok());
    std::filesystem::remove(bench.path);
    const auto successor = bench.listen(bench.path);
    ASSERT_TRUE(successor.ok());
    server->reset();
    EXPECT_TRUE(std::filesystem::exists(bench.path));
  }
}

}  // namespace
}  // namespace junctor::ipc
