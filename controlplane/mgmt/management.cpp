// SPDX-License-Identifier: MIT
#include "controlplane/mgmt/management.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "controlplane/mgmt/user_names.hpp"
#include "platform/telemetry/log.hpp"

namespace junctor::cp {
namespace {

using management::v1::Reply;
using management::v1::Request;

constexpr unsigned kMode = 0660;
constexpr std::size_t kMaxClients = 32;
// Requests that a client may have waiting.
constexpr std::size_t kMaxWaiting = 16;
constexpr int kPieceRows = 1'000;
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
constexpr Nanoseconds kAgain = Milliseconds{20};  // looks whether a slow client has read

ipc::Limits limits() {
  ipc::Limits limits;
  limits.max_frame_bytes = std::size_t{16} << 20;  // a whole configuration
  limits.max_queue_bytes = std::size_t{32} << 20;
  return limits;
}

constexpr std::array<CounterDesc, Management::kCountCount> kCounts{{
    {"displaced", Severity::Warning,
     "a connection was ended to make room: of all it had been without use for longest"},
}};

// Moves rows from the whole answer to a piece until it is full; whether any are left.
class Cutter {
 public:
  explicit Cutter(Reply whole) : whole_(std::move(whole)) {}

  Reply next() {
    Reply piece;
    piece.set_error(std::exchange(*whole_.mutable_error(), {}));
    move_single(piece);
    piece.mutable_notes()->Swap(whole_.mutable_notes());
    piece.set_newest(whole_.newest());
    rows_ = 0;
    bytes_ = 0;
    is_cut_ = !(move(whole_.mutable_calls(), piece.mutable_calls(), calls_) &&
                move(whole_.mutable_trunks(), piece.mutable_trunks(), trunks_) &&
                move(whole_.mutable_media(), piece.mutable_media(), media_) &&
                move(whole_.mutable_ports(), piece.mutable_ports(), ports_) &&
                move(whole_.mutable_workers(), piece.mutable_workers(), workers_) &&
                move(whole_.mutable_counters(), piece.mutable_counters(), counters_) &&
                move(whole_.mutable_trace(), piece.mutable_trace(), trace_) &&
                move(whole_.mutable_records(), piece.mutable_records(), records_) &&
                move(whole_.mutable_revisions(), piece.mutable_revisions(), revisions_) &&
                move(whole_.mutable_findings(), piece.mutable_findings(), findings_) &&
                move(whole_.mutable_plugins(), piece.mutable_plugins(), plugins_) &&
                move(whole_.mutable_memory(), piece.mutable_memory(), memory_) &&
                move(whole_.mutable_log(), piece.mutable_log(), log_) &&
                move(whole_.mutable_debug(), piece.mutable_debug(), debug_));
    return piece;
  }
  bool is_cut() const { return is_cut_; }  // the last piece was not the end

 private:
  // What there is one of goes with the first piece.
  void move_single(Reply& piece) {
    const auto& reflection = *piece.GetReflection();
    std::vector<const google::protobuf::FieldDescriptor*> set;
    reflection.ListFields(whole_, &set);
    std::erase_if(set, [](const auto* field) {
      return field->is_repeated() ||
             field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE;
    });
    reflection.SwapFields(&whole_, &piece, set);
  }
  template <typename Rows>
  bool move(Rows* from, Rows* to, int& at) {
    for (; at < from->size(); ++at) {
      if (rows_ >= kPieceRows || bytes_ >= kPieceBytes) return false;
      bytes_ += from->Get(at).ByteSizeLong();
      ++rows_;
      to->Add()->Swap(from->Mutable(at));
    }
    return true;
  }

  Reply whole_;
  int calls_ = 0, trunks_ = 0, media_ = 0, ports_ = 0;
  int workers_ = 0, counters_ = 0, trace_ = 0, records_ = 0;
  int revisions_ = 0, findings_ = 0, plugins_ = 0, memory_ = 0, log_ = 0, debug_ = 0;
  int rows_ = 0;
  std::size_t bytes_ = 0;
  bool is_cut_ = false;
};

// Another program answers it, in its time: what is asked behind it does not wait for that. How many
// of these there may be is Appliance's affair.
bool may_be_overtaken(const Request& request) {
  return request.has_show_system() || request.has_request_system();
}

}  // namespace

// One connection: its requests are answered one after the other, but for those that are overtaken.
class Management::Client : public std::enable_shared_from_this<Client> {
 public:
  Client(Management& owner, std::unique_ptr<ipc::Channel> channel)
      : owner_(&owner),
        loop_(owner.loop_),
        user_(user_name_of(channel->peer_uid())),
        is_owner_(channel->peer_uid() == 0 || channel->peer_uid() == geteuid()),
        used_at_(loop_.clock().now()),
        channel_(std::move(channel)) {}

  void start() {
    channel_->set_callbacks({.on_frame = [this](Bytes frame) { on_frame(frame); },
                             .on_closed = [this](const std::string&) { owner_->forget(this); }});
  }
  // The owner is gone, or the connection is.
  void abandon() {
    if (owner_ != nullptr) owner_->answers_.on_closed(this);
    owner_ = nullptr;
    timer_.reset();
    channel_.reset();
  }
  // When it last asked, or took a piece of an answer.
  Nanoseconds used_at() const { return used_at_; }

 private:
  struct Answer {
    std::uint64_t id;
    bool is_in_order;
    Cutter pieces;
  };

  void on_frame(Bytes frame) {
    Request request;
    if (!ipc::parse_frame(frame, request)) return channel_->close("not a management request");
    if (waiting_.size() >= kMaxWaiting) return channel_->close("too many requests at once");
    used_at_ = loop_.clock().now();
    waiting_.push_back(std::move(request));
    turn();
  }
  // A request or a piece of an answer, or both; the rest in another turn of the loop.
  void turn() {
    if (is_turning_ || is_scheduled_) return;
    const auto self = shared_from_this();
    is_turning_ = true;
    if (can_ask()) ask_next();
    const bool can_send = owner_ != nullptr && !answers_.empty() && channel_->can_send();
    if (can_send) send_piece();
    is_turning_ = false;
    if (owner_ == nullptr || !channel_->is_open()) return;
    if (!answers_.empty()) return turn_later(can_send ? Nanoseconds{0} : kAgain);
    if (can_ask()) turn_later(Nanoseconds{0});
  }
  void turn_later(Nanoseconds delay) {
    is_scheduled_ = true;
    timer_ = loop_.after(delay, [this] {
      is_scheduled_ = false;
      turn();
    });
  }
  bool can_ask() const { return !is_busy_ && !waiting_.empty() && answers_.empty(); }
  void ask_next() {
    const Request request = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_in_order = !may_be_overtaken(request);
    is_busy_ = is_in_order;
    Answers::Asker asker{.user = user_,
                         .connection = this,
                         .become =
                             [weak = weak_from_this()](std::string user) {
                               const auto self = weak.lock();
                               if (!self) return;
                               self->user_ = std::move(user);
                               self->by_password_ = true;
                             },
                         .is_owner = is_owner_,
                         .by_password = by_password_};
    owner_->answers_.answer(request, std::move(asker),
                            [weak = weak_from_this(), id = request.id(), is_in_order](Reply whole) {
                              const auto self = weak.lock();
                              if (!self || self->owner_ == nullptr) return;
                              self->answers_.push_back({id, is_in_order, Cutter(std::move(whole))});
                              self->turn();
                            });
  }
  void send_piece() {
    Answer& answer = answers_.front();
    Reply piece = answer.pieces.next();
    piece.set_id(answer.id);
    piece.set_more(answer.pieces.is_cut());
    if (!channel_->send(piece)) return;  // it closes
    used_at_ = loop_.clock().now();
    if (answer.pieces.is_cut()) return;
    if (answer.is_in_order) is_busy_ = false;
    answers_.pop_front();
  }

  // Given.
  Management* owner_;
  ipc::Loop& loop_;
  // State.
  std::string user_;  // by the system's word, not the peer's; then by a login
  const bool is_owner_;
  bool by_password_ = false;
  Nanoseconds used_at_;
  std::deque<Request> waiting_;
  bool is_busy_ = false;        // with one that is not overtaken
  std::deque<Answer> answers_;  // the first one is being sent
  bool is_turning_ = false;
  bool is_scheduled_ = false;
  // Owned.
  std::unique_ptr<ipc::Channel> channel_;
  ipc::HandlePtr timer_;
};

Management::Management(ipc::Loop& loop, Answers answers, CounterRegistry& registry)
    : loop_(loop), registry_(registry), answers_(std::move(answers)), counts_(kCounts) {
  registry_.add("mgmt", counts_.descriptions(), counts_.values());
}

Management::~Management() {
  for (const auto& client : clients_) client->abandon();
  registry_.remove(counts_.values());
}

Result<std::unique_ptr<Management>> Management::listen(ipc::Loop& loop, const std::string& path,
                                                       Answers answers, CounterRegistry& registry) {
  std::unique_ptr<Management> self(new Management(loop, std::move(answers), registry));
  auto server = ipc::Server::listen(
      loop, path, kMode, limits(), [self = self.get()](std::unique_ptr<ipc::Channel> channel) {
        if (self->clients_.size() >= kMaxClients) self->displace_one();
        self->clients_.push_back(std::make_shared<Client>(*self, std::move(channel)));
        self->clients_.back()->start();
      });
  if (!server) return server.error();
  self->server_ = std::move(*server);
  return self;
}

// Who comes now is an operator who waits; who did nothing for longest is waited for by nobody.
void Management::displace_one() {
  const auto longest = std::ranges::min_element(
      clients_, {}, [](const std::shared_ptr<Client>& client) { return client->used_at(); });
  counts_[kDisplaced].add();
  log_warning("mgmt", "too many connections; the one without use for longest is ended",
              {{"connections", clients_.size()}});
  forget(longest->get());
}

void Management::forget(const Client* client) {
  const auto at = std::find_if(clients_.begin(), clients_.end(),
                               [client](const auto& one) { return one.get() == client; });
  if (at == clients_.end()) return;
  const std::shared_ptr<Client> kept = *at;
  clients_.erase(at);
  kept->abandon();
}

}  // namespace junctor::cp
