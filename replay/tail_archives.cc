// The part of TailSource that reads compressed files: those that were never read plain, or not to their end.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "engine/base/text.h"
#include "replay/tail_source.h"

namespace tocsin {

// It has not changed for some time: by its own stamp; or as was seen here, where the clock of the stamp runs ahead of
// ours, or ours was set back.
bool TailSource::is_quiet(const std::string& path, const FileFacts& facts) {
  const std::int64_t quiet_ns = std::max<std::int64_t>(options_.quiet.ms, 1) * 1'000'000;
  std::timespec wall{};
  std::timespec_get(&wall, TIME_UTC);
  const Clock::time_point now = Clock::now();
  const auto [known, is_new] = unquiet_.try_emplace(path);
  Unquiet& seen = known->second;
  if (is_new || seen.size != facts.size || seen.changed_ns != facts.changed_ns) {
    seen = {facts.size, facts.changed_ns, now};
  }
  const bool by_stamp = wall.tv_sec * 1'000'000'000 + wall.tv_nsec - facts.changed_ns >= quiet_ns;
  const bool is_quiet = by_stamp || now - seen.since >= std::chrono::nanoseconds(quiet_ns);
  if (is_quiet) unquiet_.erase(known);
  return is_quiet;
}

// A compressed file: what it holds was read plain, or is read now, once.
void TailSource::adopt_archive(const std::string& path, const FileFacts& facts) {
  if (!is_quiet(path, facts)) {
    // It may still be written.
    return look_later(path, options_.quiet);
  }
  const std::optional<std::string> head = archive_head(path);
  int error = 0;
  const std::optional<FileFacts> still = facts_of(path, error);
  if (!still || still->number != facts.number) {
    // It has just been renamed: this is another one's head.
    return look_later(path, {});
  }
  if (!head) {
    problem(path, "the compressed data is damaged");
    return settle(path, facts);
  }
  const std::vector<KnownStream*> family = ledger_.family(path);
  for (const KnownStream* known : family) {
    const auto followed = by_number_.find(known->identity.number);
    if (followed == by_number_.end() || !followed->second->descriptor.is_open()) continue;
    // It may have grown since it was looked at; or it was emptied: that comes first, and tells what it has of this.
    if (grow_print(*followed->second, error)) continue;
    queue(*followed->second);
    return look_later(path, {});
  }
  settle(path, facts);
  const Clock::time_point seen = Clock::now();
  KnownStream* found = nullptr;
  for (KnownStream* known : family) {
    if (!known->holds(*head)) continue;
    known->seen = seen;
    if (known->state == KnownStream::State::kFollowed || known->state == KnownStream::State::kDone) return;
    if (found == nullptr || known->checkpoint.offset > found->checkpoint.offset) found = known;
  }
  if (head->empty()) return;
  FileIdentity identity{facts.number, fingerprint_of(*head), path};
  if (found != nullptr && !found->closed_here) {
    ledger_.identify(*found, std::move(identity));
  } else {
    const bool skip = definition_.from == SourceDefinition::From::kEnd && initial_ &&
                      !(had_checkpoints_ && ledger_.knows_folder(folder_of(path)));
    if (found == nullptr && skip) return;
    KnownStream& stream = ledger_.add(std::move(identity), 0);
    if (found != nullptr) {
      stream.checkpoint.offset = found->checkpoint.offset;
      stream.checkpoint.skipping = found->checkpoint.skipping;
      sink_->tell(Level::kInfo, "the rest of " + printable(found->identity.path) + " is read from " + printable(path));
      found->state = KnownStream::State::kDone;
    }
    found = &stream;
  }
  found->state = KnownStream::State::kFollowed;
  archives_.add(*found, facts.changed_ns);
}

// It may have been renamed since it was found: archives wait for one another.
Descriptor TailSource::open_archive(KnownStream& known) {
  Descriptor descriptor = open_to_read(known.identity.path);
  if (descriptor.is_open() && facts_of(descriptor.get()).number == known.identity.number) return descriptor;
  const std::string moved = path_by_number(folder_of(known.identity.path), known.identity.number);
  descriptor = moved.empty() ? Descriptor() : open_to_read(moved);
  if (!descriptor.is_open() || facts_of(descriptor.get()).number != known.identity.number) return {};
  FileIdentity identity = known.identity;
  identity.path = moved;
  ledger_.identify(known, std::move(identity));
  return descriptor;
}

void TailSource::read_archive() {
  KnownStream& known = archives_.front();
  if (!archives_.is_reading()) {
    Descriptor descriptor = open_archive(known);
    if (!descriptor.is_open()) return give_up_archive(known);
    archives_.begin(std::move(descriptor));
  }
  if (!archive_stream_) archive_stream_ = open_known(known, std::nullopt);
  ArchiveQueue::Step step = archives_.next();
  if (step.cut) ++counters_.truncated_lines;
  if (!step.problem.empty()) problem(known.identity.path, step.problem);
  if (step.has_batch && !step.batch.last) {
    known.checkpoint.offset = step.batch.first_offset + step.batch.bytes.size() + step.batch.dropped_bytes;
    step.batch.file = *archive_stream_;
    push({.batch = std::move(step.batch), .identity = {}, .more = true});
  } else if (step.has_batch || step.over) {
    // What could still follow the last batch is that the archive is damaged behind it.
    if (step.has_batch && step.problem.empty()) step.problem = archives_.next().problem;
    if (!step.problem.empty()) problem(known.identity.path, step.problem);
    if (!step.has_batch) step.batch.first_offset = known.checkpoint.offset;
    known.checkpoint.offset = step.batch.first_offset + step.batch.bytes.size() + step.batch.dropped_bytes;
    known.state = KnownStream::State::kDone;
    const std::uint32_t stream = *std::exchange(archive_stream_, std::nullopt);
    archives_.pop();
    end_stream(known, stream, std::move(step.batch));
  }
}

// It is gone, or may not be read any more. Where it was to give the rest of a stream, that stays missing.
void TailSource::give_up_archive(KnownStream& known) {
  archives_.pop();
  settled_.erase(known.identity.path);
  problem(known.identity.path, "it went away before it was read");
  if (known.checkpoint.offset > 0) {
    known.state = KnownStream::State::kWaiting;
  } else {
    ledger_.remove(known);
  }
}

}  // namespace tocsin
