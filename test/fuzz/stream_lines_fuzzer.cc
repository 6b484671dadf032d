// A pipe's bytes in portions of the first byte's size: the lines are those of the whole text, however it comes.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ensure.h"
#include "replay/stream_lines.h"

namespace {

constexpr std::size_t kMost = 16;

void add(std::string& all, const tocsin::RawBatch& batch) {
  const std::string& bytes = batch.bytes;
  for (std::size_t start = 0; start < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', start), bytes.size());
    all.append(std::to_string(batch.first_offset + start)).append(" ").append(bytes, start, end - start);
    all += end == bytes.size() && batch.dropped_bytes > 0 ? "~\n" : "\n";
    start = end + 1;
  }
}

std::string all_of(std::string_view bytes, std::size_t portion) {
  tocsin::StreamLines lines(kMost);
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += portion) {
    for (const tocsin::StreamLines::Piece& piece : lines.feed(bytes.substr(at, portion))) add(all, piece.batch);
    ENSURE(lines.held() <= kMost);
  }
  add(all, lines.finish().batch);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ENSURE(all_of(bytes, bytes.size() + 1) == all_of(bytes, 1U + data[0] % 40U));
  return 0;
}
