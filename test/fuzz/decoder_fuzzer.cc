// Damaged gzip and zstd data end with an error or an end, whatever the size of the pieces that go in and come out.
#include <algorithm>
#include <cstdint>
#include <string>

#include "replay/decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const tocsin::Compression* compression = tocsin::find_compression(std::string_view(bytes).substr(0, 4));
  if (compression == nullptr) return 0;
  const auto decoder = compression->make();
  std::size_t used = 0;
  const auto input = [&](std::span<char> into) {
    const std::size_t count = std::min({into.size(), bytes.size() - used, data[0] + std::size_t{1}});
    std::copy_n(bytes.data() + used, count, into.data());
    used += count;
    return count;
  };
  std::string out(data[1] * std::size_t{64} + 1, '\0');
  std::size_t total = 0;
  try {
    // A small input can hold a lot of text; the first 16 MiB say enough.
    while (total < (std::size_t{16} << 20)) {
      const std::size_t count = decoder->read(input, out);
      if (count == 0) break;
      total += count;
    }
  } catch (const tocsin::DecodeError&) {
  }
  return 0;
}
