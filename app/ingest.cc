#include "app/ingest.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/event/line_parser.h"
#include "replay/batch_reader.h"
#include "replay/byte_source.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostBatchBytes = 256 << 10;
constexpr std::size_t kLeastBatchBytes = 16 << 10;
constexpr std::size_t kAheadBytes = 12 << 20;  // of all files together, roughly

// "logs/payment.log.gz" holds the lines of "payment" where they name no service.
std::string service_of(const std::string& path) {
  if (path == "-") return "stdin";
  std::string name = std::filesystem::path(path).filename().string();
  for (const std::string_view ending : {".gz", ".zst", ".log", ".ndjson", ".jsonl", ".json", ".txt"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name;
}

}  // namespace

struct Ingest::File {
  OpenedSource source;
  std::unique_ptr<BatchReader> reader;
  std::unique_ptr<LineParser> parser;
  std::unique_ptr<OrderedEvents> ordered;
  std::deque<std::shared_ptr<Slot>> slots;  // read, not yet consumed; guarded by mutex_
  bool all_read = false;                    // guarded by mutex_
  std::uint64_t consumed_before = 0;        // reader thread only
};

Ingest::Ingest(Options options) : options_(std::move(options)) {
  const std::size_t count = options_.paths.size();
  if (count > 16) depth_ = 2;
  const std::size_t batch_bytes = std::clamp(kAheadBytes / (count * depth_), kLeastBatchBytes, kMostBatchBytes);
  total_ = 0;
  for (const std::string& path : options_.paths) {
    auto file = std::make_unique<File>();
    file->source = open_source(path);
    const auto index = static_cast<std::uint32_t>(open_.size());
    file->reader = std::make_unique<BatchReader>(
        *file->source.bytes,
        BatchReader::Options{.file = index, .batch_bytes = batch_bytes, .max_line = options_.max_line});
    const std::string_view sample = file->reader->sample();
    if (sample.empty()) throw SourceError(path + ": the file is empty");
    if (looks_binary(sample)) throw SourceError(path + ": this is a binary file, not a log");
    const LineFormat format = options_.format.value_or(detect_line_format(sample));
    file->parser = make_line_parser({.format = format,
                                     .default_service = service_of(path),
                                     .max_line = options_.max_line,
                                     .zone_offset = options_.zone_offset},
                                    options_.fields, options_.projection);
    const EventTime reference = file->source.modified.value_or(options_.reference);
    file->ordered = std::make_unique<OrderedEvents>(
        OrderedEvents::Options{.lacks_year = lacks_year(format), .reference = reference});
    files_.push_back({.path = path,
                      .format = std::string(to_text(format)),
                      .compression = file->source.compression,
                      .years_inferred = lacks_year(format),
                      .zone_assumed = format == LineFormat::kSyslog3164 || format == LineFormat::kPlain});
    const std::optional<std::uint64_t> size = file->source.bytes->total();
    total_ = total_ && size ? std::optional(*total_ + *size) : std::nullopt;
    open_.push_back(std::move(file));
  }
  threads_.emplace_back([this] { read_loop(); });
  for (unsigned i = 0; i < std::max(1U, options_.parsers); ++i) threads_.emplace_back([this] { parse_loop(); });
}

Ingest::~Ingest() {
  stop();
}

void Ingest::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& file : open_) file->source.bytes->stop();
  room_.notify_all();
  work_.notify_all();
  parsed_.notify_all();
}

// The file with the fewest batches ahead, so that no file's absence holds up the merge; null where none has room.
// Locked.
Ingest::File* Ingest::next_to_read() {
  File* best = nullptr;
  for (const auto& file : open_) {
    if (file->all_read || file->slots.size() >= depth_) continue;
    if (best == nullptr || file->slots.size() < best->slots.size()) best = file.get();
  }
  return best;
}

bool Ingest::all_read() const {
  return std::ranges::all_of(open_, [](const auto& file) { return file->all_read; });
}

void Ingest::read_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    File* file = nullptr;
    room_.wait(lock, [&] {
      file = next_to_read();
      return stopping_ || file != nullptr || all_read();
    });
    if (stopping_ || file == nullptr) return;
    lock.unlock();
    std::shared_ptr<ParsedBatch> batch = batches_.take();
    file->reader->recycle(std::move(batch->raw.bytes));
    std::optional<RawBatch> raw;
    std::string error;
    try {
      raw = file->reader->next();
    } catch (const SourceError& failure) {
      error = failure.what();
    }
    const std::uint64_t consumed = file->source.bytes->consumed();
    consumed_.fetch_add(consumed - file->consumed_before, std::memory_order_relaxed);
    file->consumed_before = consumed;
    lock.lock();
    if (!error.empty()) errors_.push_back(std::move(error));
    if (raw) {
      auto slot = std::make_shared<Slot>();
      slot->batch = std::move(batch);
      slot->batch->raw = std::move(*raw);
      file->slots.push_back(slot);
      queue_.emplace_back(file, std::move(slot));
      work_.notify_one();
    } else {
      file->all_read = true;
      parsed_.notify_all();
    }
  }
}

void Ingest::parse_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    auto [file, slot] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    file->parser->parse(*slot->batch);
    lock.lock();
    slot->parsed = true;
    parsed_.notify_all();
  }
}

bool Ingest::refill(File& file) {
  std::shared_ptr<ParsedBatch> batch;
  {
    std::unique_lock lock(mutex_);
    parsed_.wait(lock, [&] {
      return stopping_ || (!file.slots.empty() && file.slots.front()->parsed) || (file.slots.empty() && file.all_read);
    });
    if (stopping_) return false;
    if (file.slots.empty()) {
      // The file failed between two batches: an empty last one releases what its OrderedEvents still holds.
      batch = std::make_shared<ParsedBatch>();
      batch->raw.last = true;
    } else {
      batch = std::move(file.slots.front()->batch);
      file.slots.pop_front();
    }
  }
  room_.notify_one();
  file.ordered->push(std::move(batch));
  return true;
}

// Dead letters come as they stand in their file; of the events the earliest, and of equal ones the first file's.
void Ingest::choose_front() {
  item_ = {};
  for (const auto& file : open_) {
    OrderedEvents::Item item = file->ordered->front();
    while (item.event == nullptr && item.dead == nullptr && !file->ordered->ended() && refill(*file)) {
      item = file->ordered->front();
    }
    if (item.dead == nullptr &&
        (item.event == nullptr || (chosen_ != nullptr && item_.event->time <= item.event->time)))
      continue;
    chosen_ = file.get();
    item_ = item;
    if (item.dead != nullptr) return;
  }
  if (chosen_ != nullptr) return;
  // A damaged archive gives all it holds before it tells its error: hear the reader out.
  std::unique_lock lock(mutex_);
  parsed_.wait(lock, [&] { return stopping_ || all_read(); });
}

std::vector<std::string> Ingest::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

void Ingest::pop() {
  chosen_->ordered->pop();
  chosen_ = nullptr;
}

}  // namespace tocsin
