#include "replay/file_cursor.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// The start of the first line of more than max_line bytes; kNone where there is none.
std::size_t over_long_line(std::string_view text, std::size_t max_line) {
  std::size_t start = 0;
  while (text.size() - start > max_line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > max_line) return start;
    start = end + 1;
    if (start >= text.size()) break;
  }
  return kNone;
}

}  // namespace

std::string read_at(int descriptor, std::uint64_t from, std::size_t size, int& error) {
  std::string bytes;
  bytes.reserve(size + kBatchPadding);
  bytes.resize(size);
  std::size_t used = 0;
  while (used < size) {
    const ssize_t count = ::pread(descriptor, bytes.data() + used, size - used, static_cast<off_t>(from + used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) error = errno;
    if (count <= 0) break;
    used += static_cast<std::size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

FileCursor::Look FileCursor::look(int descriptor, std::uint64_t size, std::size_t budget) {
  ENSURE(budget > 0);
  if (size <= scanned_) return {};
  if (offset_ == 0 && scanned_ == 0 && !skip_hole(descriptor, size)) return {};
  if (skipping_ || scanned_ > offset_) return find_end(descriptor, size, budget);
  return read_lines(descriptor, size, budget);
}

// A file that was emptied under a writer that keeps its place begins with a hole as long as what was there before.
// False where nothing else is there yet.
bool FileCursor::skip_hole(int descriptor, std::uint64_t size) {
  constexpr std::size_t kBlock = 64 << 10;  // a hole is made of whole blocks; NUL bytes fill the last one
  const off_t data = ::lseek(descriptor, 0, SEEK_DATA);
  const std::uint64_t begin = data > 0 ? static_cast<std::uint64_t>(data) : 0;
  if (data < 0 && errno == ENXIO) return false;
  int error = 0;
  const std::string bytes =
      read_at(descriptor, begin, std::min<std::uint64_t>(kBlock, size - std::min(begin, size)), error);
  const std::size_t text = bytes.find_first_not_of('\0');
  if (text != kNone) offset_ = scanned_ = begin + text;
  return text != kNone || bytes.size() == kBlock;
}

// The end of a line whose beginning has been looked at.
FileCursor::Look FileCursor::find_end(int descriptor, std::uint64_t size, std::size_t budget) {
  Look found;
  const std::string bytes =
      read_at(descriptor, scanned_, std::min<std::uint64_t>(budget, size - scanned_), found.error);
  const std::size_t newline = bytes.find('\n');
  const std::uint64_t seen = scanned_ + (newline == kNone ? bytes.size() : newline);
  if (skipping_) {
    offset_ = scanned_ = newline == kNone ? seen : seen + 1;
    skipping_ = newline == kNone;
    found.skipping = skipping_;
  } else if (seen - offset_ > max_line_) {
    scanned_ = seen;
    Look cut = cut_line(descriptor, newline == kNone ? seen : seen + 1, newline != kNone);
    cut.more = cut.error == 0 && size > scanned_;
    return cut;
  } else if (newline == kNone) {
    scanned_ = seen;
  } else {
    return read_lines(descriptor, size, std::max<std::size_t>(budget, seen + 1 - offset_));
  }
  found.more = !bytes.empty() && size > scanned_;
  return found;
}

FileCursor::Look FileCursor::read_lines(int descriptor, std::uint64_t size, std::size_t budget) {
  Look found;
  std::string bytes = read_at(descriptor, offset_, std::min<std::uint64_t>(budget, size - offset_), found.error);
  if (bytes.empty()) return found;
  if (const std::size_t start = over_long_line(bytes, max_line_); start != kNone) {
    // It is the last line of its batch; those before it come along.
    const std::size_t newline = bytes.find('\n', start + max_line_);
    const std::size_t end = newline == kNone ? bytes.size() : newline + 1;
    found.batch.first_offset = offset_;
    found.batch.dropped_bytes = end - start - max_line_;
    offset_ = scanned_ = offset_ + end;
    bytes.resize(start + max_line_);
    found.batch.bytes = std::move(bytes);
    found.skipping = skipping_ = newline == kNone;
    found.cut = true;
    found.more = size > scanned_;
    return found;
  }
  const std::uint64_t seen = offset_ + bytes.size();
  const std::size_t newline = bytes.rfind('\n');
  if (newline != kNone) {
    bytes.resize(newline + 1);
    found.batch.first_offset = offset_;
    offset_ += bytes.size();
    found.batch.bytes = std::move(bytes);
  }
  // Behind a full window stands the beginning of a line; its rest is there, and is looked at with it.
  found.more = size > seen;
  scanned_ = found.more && newline != kNone ? offset_ : seen;
  return found;
}

// The line from offset_ on is too long; [offset_, line_end) has been seen, with its newline where it has `ended`.
FileCursor::Look FileCursor::cut_line(int descriptor, std::uint64_t line_end, bool ended) {
  Look found;
  found.batch.bytes = read_at(descriptor, offset_, max_line_, found.error);
  if (found.batch.bytes.size() < max_line_) return {.batch = {}, .error = found.error};  // it has just become shorter
  found.batch.first_offset = offset_;
  found.batch.dropped_bytes = line_end - offset_ - max_line_;
  offset_ = scanned_ = line_end;
  found.skipping = skipping_ = !ended;
  found.cut = true;
  return found;
}

FileCursor::Look FileCursor::rest(int descriptor, std::uint64_t size) {
  Look found;
  found.batch.last = true;
  if (skipping_) offset_ = scanned_ = std::max(size, offset_);
  found.batch.first_offset = offset_;
  if (size <= offset_) return found;
  const std::size_t kept = std::min<std::uint64_t>(max_line_, size - offset_);
  found.batch.bytes = read_at(descriptor, offset_, kept, found.error);
  if (!found.batch.bytes.empty() && size - offset_ > max_line_) {
    found.batch.dropped_bytes = size - offset_ - max_line_;
    found.cut = true;
  }
  offset_ = scanned_ = offset_ + found.batch.bytes.size() + found.batch.dropped_bytes;
  return found;
}

}  // namespace tocsin
