#include "app/live_ingest.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/event/line_format.h"

namespace tocsin {
namespace {

// How long the lines of other streams wait for one that is known to have more. Longer than any healthy read takes.
constexpr std::chrono::milliseconds kWaitForBehind{250};

constexpr std::chrono::milliseconds kLookAgain{20};

// Names of streams are kept for ever; those behind so many share one, as they do in the engine.
constexpr std::size_t kMostNames = 16'384;

// Dead letters have no time; they come as soon as they stand first in their stream.
constexpr EventTime kAtOnce{std::numeric_limits<std::int64_t>::min()};

}  // namespace

struct LiveIngest::Slot {
  std::shared_ptr<ParsedBatch> batch;
  bool skipping = false;
  bool parsed = false;
};

struct LiveIngest::Stream {
  std::uint32_t number = 0;
  std::uint32_t file = 0;  // the engine's number of its name
  StreamInfo info;         // constant but for checkpoint.identity and format

  // Guarded by mutex_.
  std::shared_ptr<const LineParser> parser;  // once the format is known
  std::deque<std::shared_ptr<Slot>> slots;   // pushed, not yet taken
  bool more = false, closed = false, keep = false;
  bool is_ready = false;          // listed in ready_
  bool holds = false;             // counted in holding_
  Clock::time_point pushed_at{};  // the latest bytes

  // The taking thread's own.
  std::unique_ptr<OrderedEvents> ordered;
  struct Taken {
    std::weak_ptr<ParsedBatch> batch;  // `ordered` lets it go with its last line
    std::uint64_t begin = 0, end = 0;  // offsets of its first byte, and behind its last
    bool skipping = false;
  };
  std::deque<Taken> taken;  // given to `ordered`; those consumed go with the next checkpoint
  std::uint64_t end = 0;    // offset behind everything that `ordered` got
  bool skipping = false;    // what was consumed last ends within a line that was cut
  bool drained = true;      // `ordered` has no line to give; written under mutex_
};

LiveIngest::LiveIngest(Options options) : options_(std::move(options)), files_(options_.files) {
  for (std::size_t i = 0; i < files_.size(); ++i) file_numbers_.emplace(files_[i], static_cast<std::uint32_t>(i));
  files_taken_ = files_.size();
  for (unsigned i = 0; i < std::max(1U, options_.parsers); ++i) threads_.emplace_back([this] { parse_loop(); });
}

LiveIngest::~LiveIngest() {
  stop();
  threads_.clear();
  // Batches give their bytes back to this object.
  for (const auto& [number, stream] : streams_) stream->ordered.reset();
}

void LiveIngest::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  work_.notify_all();
  arrived_.notify_all();
}

void LiveIngest::wake() {
  woken_ = true;
  { const std::lock_guard lock(mutex_); }
  arrived_.notify_all();
}

std::uint32_t LiveIngest::open(StreamInfo info) {
  auto stream = std::make_unique<Stream>();
  stream->info = std::move(info);
  const std::lock_guard lock(mutex_);
  std::string name = stream->info.name;
  if (files_.size() >= kMostNames && !file_numbers_.contains(name)) name = "__other__";
  const auto [found, is_new] = file_numbers_.emplace(name, static_cast<std::uint32_t>(file_numbers_.size()));
  if (is_new) files_.push_back(name);
  stream->file = found->second;
  stream->number = ++streams_made_;
  StreamCheckpoint& checkpoint = stream->info.checkpoint;
  if (stream->info.format) checkpoint.format = stream->info.format;
  stream->end = checkpoint.offset;
  stream->skipping = checkpoint.skipping;
  if (checkpoint.format) {
    stream->parser = make_parser(*stream);
    make_ordered(*stream, checkpoint);
  }
  touched_.insert(stream->number);
  const std::uint32_t number = stream->number;
  streams_.emplace(number, std::move(stream));
  return number;
}

std::shared_ptr<const LineParser> LiveIngest::make_parser(const Stream& stream) const {
  return make_line_parser({.format = *stream.info.checkpoint.format,
                           .default_service = stream.info.service,
                           .max_line = stream.info.max_line,
                           .zone_offset = stream.info.zone_offset},
                          options_.fields, options_.projection);
}

void LiveIngest::make_ordered(Stream& stream, const StreamCheckpoint& at) const {
  stream.ordered = std::make_unique<OrderedEvents>(
      OrderedEvents::Options{.lacks_year = lacks_year(*stream.info.checkpoint.format),
                             .reference = stream.info.modified.value_or(options_.reference),
                             .first_line = at.lines,
                             .first_offset = at.offset,
                             .state = at.order});
}

// A batch whose bytes count as waiting until its last owner lets go.
std::shared_ptr<ParsedBatch> LiveIngest::account(RawBatch raw) {
  const std::size_t bytes = raw.bytes.size();
  waiting_bytes_ += bytes;
  auto batch = std::make_unique<ParsedBatch>();
  batch->raw = std::move(raw);
  return {batch.release(), [this, bytes](ParsedBatch* done) {
            delete done;
            waiting_bytes_ -= bytes;
            // Without the lock, which its owner may hold while it lets a batch go: who waits looks again by itself.
            if (blocked_ > 0) room_.notify_all();
          }};
}

bool LiveIngest::push(Push push) {
  std::unique_lock lock(mutex_);
  Stream& stream = *streams_.at(push.batch.file);
  if (!push.identity.empty()) {
    stream.info.checkpoint.identity = std::move(push.identity);
    touched_.insert(stream.number);
  }
  if (!push.batch.bytes.empty() || push.batch.last) {
    // What is waiting is let in where it is alone, however large.
    if (waiting_bytes_ >= options_.most_waiting && !refuses(stream)) {
      ++blocked_;
      arrived_.notify_all();
      while (!refuses(stream) && waiting_bytes_ >= options_.most_waiting) room_.wait_for(lock, kLookAgain);
      --blocked_;
    }
    if (refuses(stream)) return false;
    StreamCheckpoint& checkpoint = stream.info.checkpoint;
    if (!checkpoint.format) {
      checkpoint.format = detect_line_format(push.batch.bytes);
      stream.parser = make_parser(stream);
    }
    push.batch.file = stream.file;
    stream.pushed_at = Clock::now();
    enqueue(stream, account(std::move(push.batch)), push.skipping);
  }
  stream.more = push.more;
  update_hold(stream);
  if (!stream.more && stream.drained) arrived_.notify_all();  // somebody may have waited for it
  return !refuses(stream);
}

void LiveIngest::enqueue(Stream& stream, std::shared_ptr<ParsedBatch> batch, bool skipping) {
  auto slot = std::make_shared<Slot>();
  slot->batch = std::move(batch);
  slot->skipping = skipping;
  stream.slots.push_back(slot);
  queue_.emplace_back(&stream, std::move(slot));
  work_.notify_one();
}

void LiveIngest::close(std::uint32_t number, bool keep) {
  const std::lock_guard lock(mutex_);
  Stream& stream = *streams_.at(number);
  stream.closed = true;
  stream.keep = keep;
  stream.more = false;
  touched_.insert(number);
  update_hold(stream);
  arrived_.notify_all();
}

void LiveIngest::tell(Level level, const std::string& message) {
  if (options_.log) options_.log(level, message);
}

void LiveIngest::parse_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    auto [stream, slot] = std::move(queue_.front());
    queue_.pop_front();
    const std::shared_ptr<const LineParser> parser = stream->parser;
    ++parsing_;
    lock.unlock();
    parser->parse(*slot->batch);
    lock.lock();
    --parsing_;
    slot->parsed = true;
    if (!stream->slots.empty() && stream->slots.front() == slot && !stream->is_ready) {
      stream->is_ready = true;
      ready_.push_back(stream);
      has_ready_ = true;
    }
    arrived_.notify_all();
  }
}

// Whether other streams' lines wait for this one: it has nothing to give yet, and will have. Locked.
void LiveIngest::update_hold(Stream& stream) {
  const bool holds = stream.drained && (stream.more || !stream.slots.empty());
  if (holds == stream.holds) return;
  stream.holds = holds;
  holding_ += holds ? 1 : std::size_t(-1);
}

EventTime LiveIngest::time_of(const OrderedEvents::Item& item) {
  return item.event != nullptr ? item.event->time : kAtOnce;
}

// Moves what has been parsed to the streams' own order. Locked.
void LiveIngest::take_ready() {
  has_ready_ = false;
  for (Stream* stream : ready_) {
    stream->is_ready = false;
    take_slots(*stream);
  }
  ready_.clear();
}

void LiveIngest::take_slots(Stream& stream) {
  if (stream.ordered == nullptr && !stream.slots.empty()) make_ordered(stream, stream.info.checkpoint);
  while (!stream.slots.empty() && stream.slots.front()->parsed) {
    Slot& slot = *stream.slots.front();
    const RawBatch& raw = slot.batch->raw;
    stream.end = raw.first_offset + raw.bytes.size() + raw.dropped_bytes;
    stream.taken.push_back({slot.batch, raw.first_offset, stream.end, slot.skipping});
    stream.ordered->push(std::move(slot.batch));
    stream.slots.pop_front();
  }
  if (&stream != chosen_ && stream.drained) {
    const OrderedEvents::Item item = stream.ordered->front();
    if (item.event != nullptr || item.dead != nullptr) {
      stream.drained = false;
      fronts_.emplace(time_of(item), stream.number);
    }
  }
  update_hold(stream);
  taken_from_.insert(stream.number);
}

// The stream has given all it had. Locked.
void LiveIngest::drain(Stream& stream) {
  stream.drained = true;
  take_slots(stream);
}

bool LiveIngest::must_wait() const {
  return holding_ > 0 && blocked_ == 0 && !stopping_;
}

void LiveIngest::choose() {
  if (fronts_.empty()) return;
  chosen_ = streams_.at(fronts_.begin()->second).get();
  fronts_.erase(fronts_.begin());
  taken_from_.insert(chosen_->number);
}

LiveIngest::Item LiveIngest::front(Clock::time_point deadline) {
  if (has_ready_) {
    const std::lock_guard lock(mutex_);
    take_ready();
    item_ = {};
    // A stream that has just got lines may come before the chosen one.
    if (chosen_ != nullptr && !fronts_.empty()) {
      fronts_.emplace(time_of(chosen_->ordered->front()), chosen_->number);
      chosen_ = nullptr;
    }
  }
  if (item_.event != nullptr || item_.dead != nullptr) return item_;
  if (chosen_ == nullptr) {
    std::unique_lock lock(mutex_);
    while (true) {
      if (has_ready_) take_ready();
      const Clock::time_point now = Clock::now();
      const bool waits = must_wait() && now >= no_wait_until_;
      if (!fronts_.empty() && !waits) break;
      if (woken_.exchange(false) || stopping_ || now >= deadline) return {};
      Clock::time_point until = deadline;
      if (!fronts_.empty()) {
        if (!waiting_since_) waiting_since_ = now;
        const Clock::time_point enough = *waiting_since_ + kWaitForBehind;
        if (now >= enough) {
          no_wait_until_ = now + kWaitForBehind * 4;
          waiting_since_.reset();
          continue;
        }
        until = std::min(until, enough);
      }
      arrived_.wait_until(lock, until);
    }
    waiting_since_.reset();
    choose();
  }
  const OrderedEvents::Item item = chosen_->ordered->front();
  item_ = {.event = item.event, .dead = item.dead, .left_out = false};
  if (item.event != nullptr && chosen_->info.from) item_.left_out = item.event->time < *chosen_->info.from;
  return item_;
}

void LiveIngest::pop() {
  Stream& stream = *chosen_;
  item_ = {};
  stream.ordered->pop();
  const OrderedEvents::Item next = stream.ordered->front();
  if (next.event == nullptr && next.dead == nullptr) {
    const std::lock_guard lock(mutex_);
    chosen_ = nullptr;
    drain(stream);
    return;
  }
  if (fronts_.empty()) return;
  const std::pair<EventTime, std::uint32_t> place(time_of(next), stream.number);
  if (place < *fronts_.begin()) return;
  fronts_.insert(place);
  chosen_ = nullptr;
}

const StreamCheckpoint& LiveIngest::stream_of_front() const {
  ENSURE(chosen_ != nullptr);
  return chosen_->info.checkpoint;
}

std::vector<std::string> LiveIngest::take_new_files() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> fresh(files_.begin() + static_cast<std::ptrdiff_t>(files_taken_), files_.end());
  files_taken_ = files_.size();
  return fresh;
}

// Up to where the stream's lines have been consumed. Locked.
StreamCheckpoint LiveIngest::checkpoint_of(Stream& stream) const {
  StreamCheckpoint checkpoint = stream.info.checkpoint;
  if (stream.ordered == nullptr) return checkpoint;
  const OrderedEvents::Position position = stream.ordered->position();
  checkpoint.offset = position.offset;
  checkpoint.lines = position.lines;
  checkpoint.order = stream.ordered->order_state();
  while (!stream.taken.empty() && stream.taken.front().end <= position.offset) {
    stream.skipping = stream.taken.front().skipping;
    stream.taken.pop_front();
  }
  checkpoint.skipping = stream.skipping && (stream.taken.empty() || position.offset <= stream.taken.front().begin);
  return checkpoint;
}

LiveIngest::Changes LiveIngest::take_changes() {
  Changes changes;
  const std::lock_guard lock(mutex_);
  taken_from_.merge(touched_);
  touched_.clear();
  if (chosen_ != nullptr) taken_from_.insert(chosen_->number);
  for (const std::uint32_t number : taken_from_) {
    const auto found = streams_.find(number);
    if (found == streams_.end()) continue;
    Stream& stream = *found->second;
    StreamCheckpoint checkpoint = checkpoint_of(stream);
    const bool is_over =
        stream.closed && stream.slots.empty() && stream.drained && !stream.is_ready && chosen_ != &stream;
    if (!is_over) {
      changes.changed.push_back(std::move(checkpoint));
      continue;
    }
    checkpoint.done = true;
    (stream.keep ? changes.changed : changes.forgotten).push_back(std::move(checkpoint));
    stream.drained = false;  // nobody waits for it
    stream.more = false;
    update_hold(stream);
    streams_.erase(found);
  }
  taken_from_.clear();
  // More may be taken from it before it is chosen anew.
  if (chosen_ != nullptr) taken_from_.insert(chosen_->number);
  return changes;
}

// Locked.
bool LiveIngest::nothing_waits() const {
  return chosen_ == nullptr && fronts_.empty() && queue_.empty() && parsing_ == 0 && !has_ready_;
}

bool LiveIngest::caught_up() const {
  const std::lock_guard lock(mutex_);
  return nothing_waits() && std::ranges::none_of(streams_, [](const auto& entry) { return entry.second->more; });
}

bool LiveIngest::is_drained() const {
  const std::lock_guard lock(mutex_);
  return nothing_waits();
}

bool LiveIngest::has_changes() const {
  const std::lock_guard lock(mutex_);
  return !touched_.empty();
}

void LiveIngest::settle_held(EventTime now, Clock::time_point silent_since) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, stream] : streams_) {
    if (!stream->drained || stream->ordered == nullptr || !stream->slots.empty()) continue;
    // While pushes wait for room, what is held may be what fills it.
    if ((stream->more && blocked_ == 0) || stream->pushed_at > silent_since) continue;
    stream->ordered->settle_held(now);
    take_slots(*stream);
  }
}

bool LiveIngest::refuses(const Stream& stream) const {
  return stopping_ || refused_.contains(stream.info.checkpoint.source);
}

void LiveIngest::refuse(const std::string& source) {
  {
    const std::lock_guard lock(mutex_);
    refused_.insert(source);
  }
  room_.notify_all();
}

void LiveIngest::finish(const std::string& source) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, stream] : streams_) {
    if (stream->closed || stream->info.checkpoint.source != source) continue;
    if (stream->parser) {
      RawBatch last;
      last.file = stream->file;
      last.first_offset = stream->end;
      if (!stream->slots.empty()) {
        const RawBatch& before = stream->slots.back()->batch->raw;
        last.first_offset = before.first_offset + before.bytes.size() + before.dropped_bytes;
      }
      last.last = true;
      enqueue(*stream, account(std::move(last)), false);
    }
    stream->closed = true;
    stream->more = false;
    touched_.insert(number);
    update_hold(*stream);
  }
}

bool LiveIngest::has_stream(const StreamCheckpoint& checkpoint) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(streams_, [&](const auto& entry) {
    const StreamCheckpoint& one = entry.second->info.checkpoint;
    return one.key == checkpoint.key && one.source == checkpoint.source;
  });
}

void LiveIngest::abandon(const std::string& source) {
  std::unique_lock lock(mutex_);
  std::erase_if(queue_, [&](const auto& entry) { return entry.first->info.checkpoint.source == source; });
  arrived_.wait(lock, [&] { return parsing_ == 0; });
  for (auto entry = streams_.begin(); entry != streams_.end();) {
    Stream& stream = *entry->second;
    if (stream.info.checkpoint.source != source) {
      ++entry;
      continue;
    }
    std::erase(ready_, &stream);
    std::erase_if(fronts_, [&](const auto& front) { return front.second == stream.number; });
    if (chosen_ == &stream) {
      chosen_ = nullptr;
      item_ = {};
    }
    holding_ -= stream.holds ? 1 : 0;
    entry = streams_.erase(entry);
  }
  refused_.erase(source);
}

void LiveIngest::reconfigure(const EventFields& fields, const Projection& projection) {
  std::unique_lock lock(mutex_);
  queue_.clear();
  arrived_.wait(lock, [&] { return parsing_ == 0; });
  options_.fields = fields;
  options_.projection = projection;
  ready_.clear();
  has_ready_ = false;
  fronts_.clear();
  chosen_ = nullptr;
  item_ = {};
  for (const auto& entry : streams_) {
    Stream& stream = *entry.second;
    stream.is_ready = false;
    if (!stream.parser) continue;
    const StreamCheckpoint at = checkpoint_of(stream);
    stream.parser = make_parser(stream);
    std::deque<std::shared_ptr<Slot>> slots;
    slots.swap(stream.slots);
    // Kept alive while their owner, the old order, goes.
    std::vector<std::pair<std::shared_ptr<ParsedBatch>, bool>> open;
    for (const Stream::Taken& one : stream.taken) open.emplace_back(one.batch.lock(), one.skipping);
    stream.taken.clear();
    make_ordered(stream, at);
    stream.drained = true;
    for (auto& [batch, skipping] : open) {
      RawBatch raw = std::move(batch->raw);
      const std::uint64_t used = at.offset > raw.first_offset ? at.offset - raw.first_offset : 0;
      raw.bytes.erase(0, used);
      raw.first_offset += used;
      enqueue(stream, account(std::move(raw)), skipping);
    }
    for (const std::shared_ptr<Slot>& slot : slots) {
      enqueue(stream, account(std::move(slot->batch->raw)), slot->skipping);
    }
    taken_from_.insert(stream.number);
    update_hold(stream);
  }
}

}  // namespace tocsin
