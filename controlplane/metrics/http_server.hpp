// SPDX-License-Identifier: MIT
// HttpServer: HTTP/1.1 on the event loop, for a few who ask now and then: libmicrohttpd without a
// thread of its own, its epoll descriptor watched by our loop.
//
//   connection --> libmicrohttpd --path--> handler ... OnReply --> libmicrohttpd --> connection
//
// Who asks is untrusted. Connections are limited in number (all, and of one address), requests in
// size, silence in time; only GET and HEAD are served, and no body is read. An answer may come
// later: a connection that waits for it, or reads slowly, holds up nobody.
//
// Threads   the loop's.
// Lifetime  an OnReply may outlive the server, and does nothing then.
// Errors    an address that is not there, or a port that is taken, is told; later ones end
//           connections, not the server.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "platform/base/address.hpp"
#include "platform/base/result.hpp"
#include "platform/ipc/loop.hpp"

namespace junctor::cp {

class HttpServer {
 public:
  static constexpr unsigned kMaxConnections = 16;
  static constexpr unsigned kMaxConnectionsOfOne = 8;
  static constexpr unsigned kMaxRequestBytes = 16 * 1024;
  static constexpr unsigned kSilenceSeconds = 10;

  struct Reply {
    unsigned status = 200;
    std::string content_type;
    std::string body;
  };
  using OnReply = std::function<void(Reply reply)>;
  using Handler = std::function<void(const std::string& path, OnReply on_reply)>;

  static Result<std::unique_ptr<HttpServer>> listen(ipc::Loop& loop, const SocketAddress& address,
                                                    Handler handler);
  virtual ~HttpServer() = default;

  virtual SocketAddress address() const = 0;  // where it listens; its port, where 0 was asked for
};

}  // namespace junctor::cp
