// The batches of a source that delivers in portions of any size are those of one that delivers all at once, and hold
// every byte exactly once. The first six bytes of the input choose the limits and the portions.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "replay/batch_reader.h"
#include "test/replay/scripted_source.h"

namespace {

using namespace tocsin;

std::vector<RawBatch> read_batches(test::ScriptedSource source, const BatchReader::Options& options) {
  BatchReader reader(source, options);
  std::vector<RawBatch> batches;
  looks_binary(reader.sample());
  while (std::optional<RawBatch> batch = reader.next()) batches.push_back(std::move(*batch));
  return batches;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 6) return 0;
  const BatchReader::Options options{.batch_bytes = data[0] + std::size_t{1}, .max_line = data[1] + std::size_t{1}};
  const std::string text(reinterpret_cast<const char*>(data) + 6, size - 6);
  const std::vector<RawBatch> whole = read_batches(test::ScriptedSource(text), options);

  std::size_t turn = 0;
  const auto portion = [data, turn]() mutable { return data[2 + turn++ % 4] + std::size_t{1}; };
  const std::vector<RawBatch> pieces = read_batches(test::ScriptedSource(text, portion), options);
  require(whole.size() == pieces.size());

  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const RawBatch& batch = whole[i];
    require(batch.bytes == pieces[i].bytes && batch.dropped_bytes == pieces[i].dropped_bytes);
    require(batch.first_offset == offset && pieces[i].first_offset == offset);
    require(batch.last == (i + 1 == whole.size()) && batch.last == pieces[i].last);
    require(text.compare(offset, batch.bytes.size(), batch.bytes) == 0);
    offset += batch.bytes.size() + batch.dropped_bytes;
  }
  require(offset == text.size());
  return 0;
}
