#include "replay/stream_ledger.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "replay/path_glob.h"

namespace tocsin {
namespace {

template <typename Map, typename Key>
void drop_from(Map& map, const Key& key, const KnownStream& stream) {
  const auto [begin, end] = map.equal_range(key);
  const auto found = std::find_if(begin, end, [&stream](const auto& entry) { return entry.second == &stream; });
  ENSURE(found != end);
  map.erase(found);
}

}  // namespace

bool KnownStream::holds(std::string_view head) const {
  if (identity.print.length == 0 || !identity.print.fits(head)) return false;
  return identity.print.is_full() || state == State::kWaiting || state == State::kLost ||
         head.size() == identity.print.length;
}

StreamLedger::StreamLedger(std::string source, const std::vector<StreamCheckpoint>& checkpoints, Clock::time_point now)
    : source_(std::move(source)) {
  for (const StreamCheckpoint& checkpoint : checkpoints) {
    std::optional<FileIdentity> identity = FileIdentity::parse(checkpoint.identity);
    if (!identity) continue;  // not a tail source's: the source was of another kind under the same name
    const auto [at, is_new] = streams_.try_emplace(checkpoint.key);
    if (!is_new) continue;
    KnownStream& stream = at->second;
    stream.checkpoint = checkpoint;
    stream.identity = std::move(*identity);
    stream.state = KnownStream::State::kWaiting;
    if (checkpoint.done)
      stream.state = stream.identity.finished != 0 ? KnownStream::State::kDone : KnownStream::State::kLost;
    stream.seen = now;
    index(stream);
  }
}

void StreamLedger::index(KnownStream& stream) {
  by_number_.emplace(stream.identity.number, &stream);
  by_family_.emplace(family_of(stream.identity.path), &stream);
}

void StreamLedger::unindex(KnownStream& stream) {
  drop_from(by_number_, stream.identity.number, stream);
  drop_from(by_family_, family_of(stream.identity.path), stream);
}

KnownStream& StreamLedger::add(FileIdentity identity, std::uint64_t birth) {
  const FileNumber number = identity.number;
  std::string begin =
      std::to_string(number.device) + ":" + std::to_string(number.inode) + ":" + std::to_string(birth) + ":";
  unsigned count = 1;
  while (streams_.contains(begin + std::to_string(count))) ++count;
  std::string key = begin + std::to_string(count);
  KnownStream& stream = streams_[key];
  stream.checkpoint.source = source_;
  stream.checkpoint.key = std::move(key);
  stream.checkpoint.identity = identity.to_text();
  stream.identity = std::move(identity);
  index(stream);
  return stream;
}

KnownStream* StreamLedger::find(FileNumber number, std::string_view head) {
  KnownStream* best = nullptr;
  const auto [begin, end] = by_number_.equal_range(number);
  for (auto at = begin; at != end; ++at) {
    KnownStream& stream = *at->second;
    if (stream.state == KnownStream::State::kFollowed || !stream.identity.print.fits(head)) continue;
    const auto rank = [](const KnownStream& one) {
      return std::pair(one.state == KnownStream::State::kWaiting, one.checkpoint.offset);
    };
    if (best == nullptr || rank(stream) > rank(*best)) best = &stream;
  }
  return best;
}

std::vector<KnownStream*> StreamLedger::family(const std::string& path) {
  std::vector<KnownStream*> streams;
  const auto [begin, end] = by_family_.equal_range(family_of(path));
  for (auto at = begin; at != end; ++at) streams.push_back(at->second);
  return streams;
}

std::vector<KnownStream*> StreamLedger::waiting() {
  std::vector<KnownStream*> streams;
  for (auto& [key, stream] : streams_) {
    if (stream.state == KnownStream::State::kWaiting) streams.push_back(&stream);
  }
  return streams;
}

void StreamLedger::identify(KnownStream& stream, FileIdentity identity) {
  const bool moved = identity.number != stream.identity.number || identity.path != stream.identity.path;
  if (moved) unindex(stream);
  stream.identity = std::move(identity);
  stream.checkpoint.identity = stream.identity.to_text();
  if (moved) index(stream);
}

void StreamLedger::remove(KnownStream& stream) {
  unindex(stream);
  ENSURE(streams_.erase(std::string(stream.checkpoint.key)) == 1);
}

std::vector<KnownStream*> StreamLedger::stale(Clock::time_point now) {
  std::vector<KnownStream*> gone, stale;
  for (auto& [key, stream] : streams_) {
    const bool is_over = stream.state == KnownStream::State::kDone || stream.state == KnownStream::State::kLost;
    if (!is_over) continue;
    if (now - stream.seen > kKeepGone) {
      stale.push_back(&stream);
    } else if (now - stream.seen > std::chrono::minutes(10)) {
      gone.push_back(&stream);
    }
  }
  if (gone.size() > kMostGone) {
    std::ranges::sort(
        gone, [](const KnownStream* a, const KnownStream* b) { return a->identity.finished < b->identity.finished; });
    stale.insert(stale.end(), gone.begin(), gone.end() - static_cast<std::ptrdiff_t>(kMostGone));
  }
  return stale;
}

bool StreamLedger::knows_folder(std::string_view folder) const {
  return std::ranges::any_of(streams_,
                             [folder](const auto& entry) { return folder_of(entry.second.identity.path) == folder; });
}

}  // namespace tocsin
