// SPDX-License-Identifier: MIT
// A client of HttpServer for tests: says something from a thread of its own while the loop runs.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "platform/base/address.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class Connection {
 public:
  explicit Connection(const SocketAddress& address) {
    sockaddr_storage storage{};
    const socklen_t length = address.to_sockaddr(storage);
    fd_ = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    is_open_ = connect(fd_, reinterpret_cast<const sockaddr*>(&storage), length) == 0;
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool is_open() const { return is_open_; }
  void say(const std::string& text) {
    [[maybe_unused]] const auto sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Everything until the server closes.
  std::string hear() {
    std::string out;
    std::array<char, 4096> piece;
    ssize_t n = 0;
    while ((n = recv(fd_, piece.data(), piece.size(), 0)) > 0)
      out.append(piece.data(), static_cast<std::size_t>(n));
    return out;
  }

 private:
  int fd_ = -1;
  bool is_open_ = false;
};

// Runs the loop until the function, on a thread of its own, is done.
template <typename F>
void run_beside(ipc::Loop& loop, F function) {
  std::thread thread([&] {
    function();
    loop.post([&loop] { loop.stop(); });
  });
  loop.run();
  thread.join();
}

inline std::string ask(ipc::Loop& loop, const SocketAddress& address, const std::string& request) {
  std::string heard;
  run_beside(loop, [&] {
    Connection connection(address);
    connection.say(request);
    heard = connection.hear();
  });
  return heard;
}

inline std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more + "\r\n";
}

}  // namespace junctor::cp
