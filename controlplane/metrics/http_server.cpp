// SPDX-License-Identifier: MIT
#include "controlplane/metrics/http_server.hpp"

#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

constexpr int kBacklog = 16;

// One request: from its header until its response is sent or given up.
struct Exchange {
  std::optional<HttpServer::Reply> reply;
  bool is_asked = false;
  bool is_suspended = false;
};

class Server final : public HttpServer {
 public:
  Server(ipc::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> start(const SocketAddress& address);
  SocketAddress address() const override { return address_; }

 private:
  static MHD_Result on_access(void* self, MHD_Connection* connection, const char* path,
                              const char* method, const char*, const char*, std::size_t* body_size,
                              void** exchange);
  static void on_completed(void* self, MHD_Connection* connection, void**,
                           MHD_RequestTerminationCode);
  MHD_Result access(MHD_Connection* connection, const char* path, std::string_view method,
                    bool has_body, bool is_first);
  void on_reply(MHD_Connection* connection, const std::shared_ptr<Exchange>& exchange, Reply reply);
  void run();

  // Given.
  ipc::Loop& loop_;
  const Handler handler_;
  // Owned.
  MHD_Daemon* daemon_ = nullptr;
  SocketAddress address_;
  std::unordered_map<MHD_Connection*, std::shared_ptr<Exchange>> exchanges_;
  ipc::HandlePtr watch_;
  ipc::HandlePtr timer_;
  std::shared_ptr<Server*> self_ = std::make_shared<Server*>(this);
};

MHD_Result send(MHD_Connection* connection, const HttpServer::Reply& reply) {
  MHD_Response* response = MHD_create_response_from_buffer(
      reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply.content_type.c_str());
  if (reply.status == MHD_HTTP_METHOD_NOT_ALLOWED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result queued = MHD_queue_response(connection, reply.status, response);
  MHD_destroy_response(response);
  return queued;
}

Result<int> open_listener(const SocketAddress& address) {
  sockaddr_storage storage{};
  const socklen_t length = address.to_sockaddr(storage);
  const auto failed = [&address] { return Error{address.text(), std::strerror(errno)}; };
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0 &&
      listen(fd, kBacklog) == 0)
    return fd;
  const Error error = failed();
  close(fd);
  return error;
}

Result<void> Server::start(const SocketAddress& address) {
  const Result<int> listener = open_listener(address);
  if (!listener) return listener.error();
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(*listener, reinterpret_cast<sockaddr*>(&storage), &length);
  address_ = SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage));
  // The listener is the daemon's from here on.
  daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &Server::on_access, this,
      MHD_OPTION_LISTEN_SOCKET, *listener, MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, kMaxConnectionsOfOne, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      std::size_t{kMaxRequestBytes}, MHD_OPTION_CONNECTION_TIMEOUT, kSilenceSeconds,
      MHD_OPTION_NOTIFY_COMPLETED, &Server::on_completed, this, MHD_OPTION_END);
  if (daemon_ == nullptr) return Error{address.text(), "the HTTP server cannot start"};
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
  JUNCTOR_ASSERT(info != nullptr);
  watch_ = loop_.watch(info->epoll_fd, ipc::Loop::kRead, [this](std::uint8_t) { run(); });
  return {};
}

Server::~Server() {
  watch_.reset();
  timer_.reset();
  self_.reset();
  if (daemon_ == nullptr) return;
  // A connection that is suspended cannot be closed.
  for (auto& [connection, exchange] : exchanges_) {
    exchange->reply = Reply{MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "ends\n"};
    if (std::exchange(exchange->is_suspended, false)) MHD_resume_connection(connection);
  }
  MHD_stop_daemon(daemon_);
}

void Server::run() {
  MHD_run(daemon_);
  // What it has in hand already, and the ends of silences.
  MHD_UNSIGNED_LONG_LONG wait_ms = 0;
  timer_.reset();
  if (MHD_get_timeout(daemon_, &wait_ms) == MHD_YES)
    timer_ = loop_.after(Milliseconds{static_cast<std::int64_t>(wait_ms)}, [this] { run(); });
}

MHD_Result Server::on_access(void* self, MHD_Connection* connection, const char* path,
                             const char* method, const char*, const char*, std::size_t* body_size,
                             void** exchange) {
  const bool is_first = *exchange == nullptr;
  *exchange = connection;  // anything but null: it was seen
  return static_cast<Server*>(self)->access(connection, path, method, *body_size != 0, is_first);
}

void Server::on_completed(void* self, MHD_Connection* connection, void**,
                          MHD_RequestTerminationCode) {
  static_cast<Server*>(self)->exchanges_.erase(connection);
}

// Called with the header first, then, more than once, when an answer may be given.
MHD_Result Server::access(MHD_Connection* connection, const char* path, std::string_view method,
                          bool has_body, bool is_first) {
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD)
    return send(connection, {MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n"});
  if (is_first) {
    exchanges_[connection] = std::make_shared<Exchange>();
    return MHD_YES;
  }
  if (has_body) return MHD_NO;
  const std::shared_ptr<Exchange> exchange = exchanges_.at(connection);
  if (!std::exchange(exchange->is_asked, true)) {
    handler_(path, [weak = std::weak_ptr(self_), connection,
                    asked = std::weak_ptr(exchange)](Reply reply) {
      const auto self = weak.lock();
      const auto still_asked = asked.lock();
      if (self && still_asked) (*self)->on_reply(connection, still_asked, std::move(reply));
    });
  }
  if (exchange->reply) return send(connection, *exchange->reply);
  exchange->is_suspended = true;
  MHD_suspend_connection(connection);
  return MHD_YES;
}

void Server::on_reply(MHD_Connection* connection, const std::shared_ptr<Exchange>& exchange,
                      Reply reply) {
  if (exchange->reply) return;
  exchange->reply = std::move(reply);
  if (!std::exchange(exchange->is_suspended, false)) return;
  MHD_resume_connection(connection);
  timer_ = loop_.after(Nanoseconds{0}, [this] { run(); });
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(ipc::Loop& loop,
                                                       const SocketAddress& address,
                                                       Handler handler) {
  auto server = std::make_unique<Server>(loop, std::move(handler));
  if (auto started = server->start(address); !started) return started.error();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace junctor::cp
