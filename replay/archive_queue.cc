#include "replay/archive_queue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "replay/batch_reader.h"
#include "replay/byte_source.h"
#include "replay/decoder.h"

namespace tocsin {
namespace {

// A source from a place on: without the bytes that were read before, and without the rest of a line that was cut.
class RestOfSource final : public ByteSource {
 public:
  RestOfSource(std::unique_ptr<ByteSource> source, std::uint64_t skip, bool skip_line)
      : source_(std::move(source)), skip_(skip), skip_line_(skip_line) {}

  // Passes over some of what is to be skipped; false: nothing is left of it.
  bool pass_over() {
    if (skip_ == 0 && !skip_line_) return false;
    if (scratch_.empty()) scratch_.resize(256 << 10);
    std::size_t room = scratch_.size();
    if (skip_ > 0) room = static_cast<std::size_t>(std::min<std::uint64_t>(room, skip_));
    const std::size_t count = source_->read(std::span(scratch_).first(room));
    if (count == 0) {
      skip_ = 0;
      skip_line_ = false;
    } else if (skip_ > 0) {
      skip_ -= count;
    } else {
      const std::size_t newline = std::string_view(scratch_.data(), count).find('\n');
      const std::size_t passed = newline == std::string_view::npos ? count : newline + 1;
      line_bytes_ += passed;
      skip_line_ = newline == std::string_view::npos;
      if (!skip_line_) kept_.assign(scratch_, passed, count - passed);
    }
    return true;
  }
  std::uint64_t line_bytes() const { return line_bytes_; }

  std::size_t read(std::span<char> into) override {
    if (used_ == kept_.size()) return source_->read(into);
    const std::size_t count = std::min(into.size(), kept_.size() - used_);
    std::memcpy(into.data(), kept_.data() + used_, count);
    used_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return source_->consumed(); }
  std::optional<std::uint64_t> total() const override { return source_->total(); }
  void stop() override { source_->stop(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t skip_;
  bool skip_line_;
  std::uint64_t line_bytes_ = 0;
  std::string scratch_, kept_;
  std::size_t used_ = 0;
};

}  // namespace

struct ArchiveQueue::Reading {
  Descriptor descriptor;
  std::unique_ptr<RestOfSource> source;
  std::unique_ptr<BatchReader> reader;
  std::uint64_t base = 0;  // offset of the reader's first byte
};

ArchiveQueue::ArchiveQueue(std::size_t batch_bytes, std::size_t max_line)
    : batch_bytes_(batch_bytes), max_line_(max_line) {}

ArchiveQueue::~ArchiveQueue() = default;

void ArchiveQueue::add(KnownStream& stream, std::int64_t changed_ns) {
  const auto later = std::find_if(waiting_.begin() + (is_reading() ? 1 : 0), waiting_.end(),
                                  [changed_ns](const Waiting& one) { return one.changed_ns > changed_ns; });
  waiting_.insert(later, {&stream, changed_ns});
}

void ArchiveQueue::begin(Descriptor descriptor) {
  reading_ = std::make_unique<Reading>();
  reading_->descriptor = std::move(descriptor);
  reading_->base = front().checkpoint.offset;
}

ArchiveQueue::Step ArchiveQueue::next() {
  Step step;
  const KnownStream& stream = front();
  // A name of the file that no rotation can give to another one.
  const std::string name = "/proc/self/fd/" + std::to_string(reading_->descriptor.get());
  try {
    if (!reading_->source) {
      reading_->source =
          std::make_unique<RestOfSource>(open_source(name).bytes, stream.checkpoint.offset, stream.checkpoint.skipping);
    }
    if (!reading_->reader) {
      if (reading_->source->pass_over()) return step;
      reading_->base += reading_->source->line_bytes();
      reading_->reader = std::make_unique<BatchReader>(
          *reading_->source, BatchReader::Options{.batch_bytes = batch_bytes_, .max_line = max_line_});
    }
    std::optional<RawBatch> batch = reading_->reader->next();
    step.over = !batch;
    if (batch) {
      step.batch = std::move(*batch);
      step.batch.first_offset += reading_->base;
      step.cut = step.batch.dropped_bytes > 0;
      step.has_batch = true;
    }
  } catch (const SourceError& error) {
    step.problem = error.what();
    if (step.problem.starts_with(name)) step.problem.replace(0, name.size(), stream.identity.path);
    step.over = true;
  }
  return step;
}

void ArchiveQueue::pop() {
  reading_.reset();
  waiting_.pop_front();
}

std::optional<std::string> archive_head(const std::string& path) {
  try {
    OpenedSource opened = open_source(path);
    if (opened.compression.empty()) return std::nullopt;
    std::string head(Fingerprint::kBytes, '\0');
    std::size_t used = 0;
    while (used < head.size()) {
      const std::size_t count = opened.bytes->read(std::span(head).subspan(used));
      if (count == 0) break;
      used += count;
    }
    head.resize(used);
    return head;
  } catch (const SourceError&) {
    return std::nullopt;
  }
}

bool begins_compressed(std::string_view head) {
  return find_compression(head.substr(0, kCompressionPeek)) != nullptr;
}

}  // namespace tocsin
