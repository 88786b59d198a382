// SPDX-License-Identifier: MIT
#include "controlplane/media/desired_state.hpp"

#include <algorithm>
#include <utility>

#include "platform/base/assert.hpp"

namespace junctor::cp {
namespace {

// Of one request. Small enough that neither side is busy with it for long.
constexpr std::size_t kPieceBytes = std::size_t{128} << 10;
constexpr int kPieceSessions = 500;

media::v1::Session parse(const std::string& bytes) {
  media::v1::Session session;
  JUNCTOR_ASSERT(session.ParseFromString(bytes));
  return session;
}

}  // namespace

void DesiredState::apply(media::v1::Session session) {
  Entry& entry = sessions_[session.id()];
  entry.generation = next_generation_++;
  session.set_generation(entry.generation);
  entry.bytes = session.SerializeAsString();
  if (entry.change != 0) return;
  entry.change = next_change_++;
  changes_.push_back({session.id(), entry.change});
}

void DesiredState::remove(const std::string& session_id) {
  sessions_.erase(session_id);
  changes_.push_back({session_id, 0});
}

bool DesiredState::raise_above(const std::string& session_id, std::uint64_t generation) {
  const auto at = sessions_.find(session_id);
  if (at == sessions_.end() || at->second.generation >= generation) return false;
  next_generation_ = std::max(next_generation_, generation + 1);
  apply(parse(at->second.bytes));
  return true;
}

media::v1::Request DesiredState::take_changes() {
  media::v1::Request request;
  std::size_t bytes = 0;
  int count = 0;
  const bool is_removal = !changes_.empty() && changes_.front().number == 0;
  if (is_removal)
    request.mutable_remove();
  else
    request.mutable_apply();
  while (!changes_.empty() && (changes_.front().number == 0) == is_removal && bytes < kPieceBytes &&
         count < kPieceSessions) {
    const Change change = std::move(changes_.front());
    changes_.pop_front();
    if (is_removal) {
      request.mutable_remove()->add_session_ids(change.id);
      bytes += change.id.size();
    } else {
      const auto at = sessions_.find(change.id);
      // Else it was removed since, or taken along by a sync.
      if (at == sessions_.end() || at->second.change != change.number) continue;
      at->second.change = 0;
      *request.mutable_apply()->add_sessions() = parse(at->second.bytes);
      bytes += at->second.bytes.size();
    }
    ++count;
  }
  return request;
}

void DesiredState::begin_sync() {
  // A removal before is told by the whole set; whoever waits for its statistics was told.
  std::erase_if(changes_, [](const Change& change) { return change.number == 0; });
  to_sync_.clear();
  to_sync_.reserve(sessions_.size());
  for (const auto& [id, entry] : sessions_) to_sync_.push_back(id);
  is_syncing_ = true;
}

media::v1::Request DesiredState::take_sync() {
  JUNCTOR_ASSERT(is_syncing_);
  media::v1::Request request;
  media::v1::Sync& sync = *request.mutable_sync();
  std::size_t bytes = 0;
  while (!to_sync_.empty() && bytes < kPieceBytes && sync.sessions_size() < kPieceSessions) {
    const auto at = sessions_.find(to_sync_.back());
    to_sync_.pop_back();
    if (at == sessions_.end()) continue;
    at->second.change = 0;
    *sync.add_sessions() = parse(at->second.bytes);
    bytes += at->second.bytes.size();
  }
  is_syncing_ = !to_sync_.empty();
  sync.set_last(!is_syncing_);
  return request;
}

}  // namespace junctor::cp
