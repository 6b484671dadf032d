#include "replay/batch_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kSampleBytes = 64 << 10;
constexpr std::size_t kNone = std::string_view::npos;

}  // namespace

// The bytes read but not yet given are buffer[0, used); buffer.size() is the room there is for reading. What a batch
// holds is decided by these bytes alone: a decision that needs more of them, or the end, fetches it first.
struct BatchReader::State {
  ByteSource& source;
  const Options options;
  std::string buffer;
  std::string spare;  // becomes the next buffer; what it holds means nothing
  std::size_t used = 0;
  std::uint64_t offset = 0;  // of buffer[0] in the file
  bool ended = false;        // the source has no more bytes
  bool gave_last = false;
  std::exception_ptr failure;  // what ended the source, thrown once all it gave is handed out

  std::string_view held() const { return std::string_view(buffer).substr(0, used); }

  // Reads until `size` bytes are held or the source ends; true where they are.
  bool fetch(std::size_t size) {
    while (used < size && !ended) {
      if (buffer.size() < size) make_room(buffer, std::max(size, std::min(2 * buffer.size(), options.max_line + 1)));
      read_some();
    }
    return used >= size;
  }

  // The room is what a batch takes, and doubles for a line that is longer; the padding lies behind it.
  void make_room(std::string& into, std::size_t size) const {
    const std::size_t room = std::max(size, options.batch_bytes + 4096);
    into.reserve(room + kBatchPadding);
    into.resize(room);
  }

  void read_some() {
    try {
      const std::size_t count = source.read(std::span(buffer).subspan(used));
      ENSURE(count <= buffer.size() - used);
      used += count;
      ended = count == 0;
    } catch (const SourceError&) {
      failure = std::current_exception();
      ended = true;
    }
  }

  struct Cut {
    std::size_t size = 0;    // bytes of the batch
    bool over_long = false;  // its last line goes on behind them
  };

  // Where the next batch ends.
  Cut find_cut() {
    const bool more = fetch(options.batch_bytes + 1);
    const std::size_t window = std::min(used, options.batch_bytes);
    if (options.max_line < window) {
      if (const std::size_t start = over_long_line(held().substr(0, window)); start != kNone) {
        return {start + options.max_line, true};
      }
    }
    if (!more) return {used, false};
    const std::size_t newline = held().substr(0, window).rfind('\n');
    return newline != kNone ? Cut{newline + 1, false} : long_line_cut(window);
  }

  // The start of the first line that has more than max_line bytes here; kNone where there is none.
  std::size_t over_long_line(std::string_view text) const {
    std::size_t start = 0;
    while (text.size() - start > options.max_line) {
      const std::size_t newline = text.find('\n', start);
      const std::size_t end = newline == kNone ? text.size() : newline;
      if (end - start > options.max_line) return start;
      start = end + 1;
    }
    return kNone;
  }

  // The first line fills the window: it is a batch of its own.
  Cut long_line_cut(std::size_t searched) {
    while (true) {
      const std::size_t limit = std::min(used, options.max_line + 1);
      const std::size_t newline = held().substr(0, limit).find('\n', searched);
      if (newline != kNone) return {newline + 1, false};
      if (used > options.max_line) return {options.max_line, true};
      searched = limit;
      if (!fetch(used + 1)) return {used, false};
    }
  }

  RawBatch take(std::size_t size) {
    RawBatch batch;
    batch.file = options.file;
    batch.first_offset = offset;
    std::string next = std::exchange(spare, std::string());
    const std::string_view rest = held().substr(size);
    make_room(next, rest.size());
    rest.copy(next.data(), rest.size());
    used = rest.size();
    buffer.resize(size);
    batch.bytes = std::exchange(buffer, std::move(next));
    if (batch.bytes.capacity() < size + kBatchPadding) batch.bytes.reserve(size + kBatchPadding);
    offset += size;
    return batch;
  }

  // Skips the rest of an over-long line with its newline, without keeping it.
  std::uint64_t drop_line() {
    std::uint64_t dropped = 0;
    while (fetch(1)) {
      const std::size_t newline = held().find('\n');
      const std::size_t count = newline == kNone ? used : newline + 1;
      std::memmove(buffer.data(), buffer.data() + count, used - count);
      used -= count;
      dropped += count;
      if (newline != kNone) break;
    }
    offset += dropped;
    return dropped;
  }

  std::optional<RawBatch> next() {
    if (!gave_last) {
      const Cut cut = find_cut();
      // A source that failed before its first byte has no batch to give.
      if (cut.size > 0 || !failure) {
        RawBatch batch = take(cut.size);
        if (cut.over_long) batch.dropped_bytes = drop_line();
        batch.last = gave_last = !fetch(1);
        return batch;
      }
      gave_last = true;
    }
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    return std::nullopt;
  }
};

BatchReader::BatchReader(ByteSource& source, Options options)
    : state_(new State{.source = source, .options = options, .buffer = {}, .spare = {}, .failure = {}}) {
  ENSURE(options.batch_bytes > 0);
  ENSURE(options.max_line > 0);
}

BatchReader::~BatchReader() = default;

std::string_view BatchReader::sample() {
  state_->fetch(kSampleBytes);
  return state_->held().substr(0, kSampleBytes);
}

std::optional<RawBatch> BatchReader::next() {
  return state_->next();
}

void BatchReader::recycle(std::string bytes) {
  // What a very long line has needed is given back.
  if (bytes.capacity() <= 2 * state_->options.batch_bytes + kBatchPadding) state_->spare = std::move(bytes);
}

bool looks_binary(std::string_view sample) {
  static constexpr std::array<std::string_view, 9> kMagic{
      "\x7f"
      "ELF",
      "\x89PNG",
      "\xff\xd8\xff",
      "GIF8",
      "PK\x03\x04",
      "%PDF-",
      "SQLite format 3",
      "\xfd"
      "7zXZ",
      "7z\xbc\xaf"};
  if (std::ranges::any_of(kMagic, [sample](std::string_view magic) { return sample.starts_with(magic); })) return true;
  // Text may hold a stray control byte, an escape sequence, or bytes of an old 8-bit character set; data are full of
  // them.
  std::size_t control = 0, high = 0;
  for (const char c : sample) {
    const auto byte = static_cast<unsigned char>(c);
    const bool usual = byte >= 0x20 || (byte >= '\t' && byte <= '\r') || byte == 0x1b;
    control += (usual && byte != 0x7f) ? 0 : 1;
    high += byte >= 0x80 ? 1 : 0;
  }
  if (control * 10 > sample.size()) return true;
  return control * 50 > sample.size() && high * 5 > sample.size() && !is_valid_utf8(sample);
}

}  // namespace tocsin
