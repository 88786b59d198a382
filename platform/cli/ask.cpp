// SPDX-License-Identifier: MIT
#include "platform/cli/ask.hpp"

#include <optional>

#include "platform/ipc/channel.hpp"
#include "platform/telemetry/escape.hpp"

namespace junctor::cli {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr Nanoseconds kLook = Milliseconds{50};  // whether it is enough
constexpr std::string_view kUnreachable = "junctor-control cannot be reached: ";

class Question {
 public:
  Question(ipc::Loop& loop, ipc::Channel& channel, const std::string& path, Nanoseconds timeout)
      : loop_(loop), channel_(channel), path_(path), timeout_(timeout) {}

  Result<Reply> ask(const Request& request, const IsEnough& is_enough) {
    channel_.set_callbacks(
        {.on_frame = [this, id = request.id()](Bytes frame) { on_frame(frame, id); },
         .on_closed = [this](const std::string& reason) { fail(reason); }});
    wait();
    ipc::HandlePtr look;
    if (is_enough) {
      look = loop_.every(kLook, [this, &is_enough] {
        if (is_enough())
          end(Error{std::string(kInterrupted), "junctor-control has not answered yet"});
      });
    }
    if (!channel_.send(request)) fail("the question could not be sent");
    loop_.run();
    timer_.reset();
    if (error_) return *error_;
    reply_.set_more(false);  // it is whole now
    return reply_;
  }
  // Nothing more that comes can be understood.
  bool has_broken() const { return has_broken_; }

 private:
  void wait() {
    timer_ = loop_.after(timeout_, [this] {
      end(Error{path_, "junctor-control does not answer"});
    });
  }
  void fail(const std::string& reason) {
    has_broken_ = true;
    end(Error{path_, reason});
  }
  void end(std::optional<Error> error) {
    if (is_over_) return;
    is_over_ = true;
    error_ = std::move(error);
    loop_.stop();
  }
  void on_frame(Bytes frame, std::uint64_t id) {
    Reply piece;
    const bool is_good = ipc::parse_frame(frame, piece);
    if (is_good && piece.id() > 0 && piece.id() < id) return;  // of a question that was given up
    if (!is_good || piece.id() != id) return fail("the answer cannot be understood");
    reply_.MergeFrom(piece);  // lists grow
    if (!piece.error().empty() && piece.findings().empty())
      return end(Error{"", escape(piece.error())});
    if (!piece.more()) return end(std::nullopt);
    wait();
  }

  // Given.
  ipc::Loop& loop_;
  ipc::Channel& channel_;
  const std::string& path_;
  const Nanoseconds timeout_;
  // State.
  ipc::HandlePtr timer_;
  Reply reply_;
  std::optional<Error> error_;
  bool is_over_ = false;
  bool has_broken_ = false;
};

}  // namespace

bool is_unreachable(const Error& error) {
  return !error.where.empty() && error.message.starts_with(kUnreachable);
}

bool may_be_done(const Error& error) { return !error.where.empty() && !is_unreachable(error); }

Connection::Connection(ipc::Loop& loop, std::string socket_path, std::optional<Request> first)
    : loop_(loop), path_(std::move(socket_path)), first_(std::move(first)) {}

Connection::~Connection() = default;

// Whether the other end closed it meanwhile is seen by a turn of the loop; else the next question
// would be lost with it.
void Connection::notice_end() {
  if (!channel_ || !channel_->is_open()) return;
  const auto turn = loop_.after(Nanoseconds{0}, [this] { loop_.stop(); });
  loop_.run();
}

Result<Reply> Connection::ask(Request request, Nanoseconds timeout, const IsEnough& is_enough) {
  notice_end();
  if (!channel_ || !channel_->is_open()) {
    ipc::Limits limits;
    limits.max_frame_bytes = std::size_t{16} << 20;  // a whole configuration
    limits.max_queue_bytes = std::size_t{32} << 20;
    auto channel = ipc::connect_once(loop_, path_, limits);
    if (!channel) {
      return Error{channel.error().where, std::string(kUnreachable) + channel.error().message};
    }
    channel_ = std::move(*channel);
    ++made_;
    if (first_) {
      if (auto reply = ask_now(*first_, timeout, is_enough); !reply) {
        channel_.reset();
        return reply;
      }
    }
  }
  return ask_now(std::move(request), timeout, is_enough);
}

Result<Reply> Connection::ask_now(Request request, Nanoseconds timeout, const IsEnough& is_enough) {
  request.set_id(++last_id_);
  Question question(loop_, *channel_, path_, timeout);
  auto reply = question.ask(request, is_enough);
  if (question.has_broken()) channel_.reset();
  if (channel_) channel_->set_callbacks({});
  return reply;
}

Result<Reply> ask(ipc::Loop& loop, const std::string& socket_path, const Request& request,
                  Nanoseconds timeout) {
  return Connection(loop, socket_path).ask(request, timeout);
}

}  // namespace junctor::cli
