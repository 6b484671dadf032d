// What turns the bytes of a compressed file into the text within. A decoder pulls its input, keeps a buffer of fixed
// size and gives at most what it is asked for, so a decompression bomb costs time but no memory.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>

namespace tocsin {

class Decoder {
 public:
  // Fills the span with compressed bytes: at least one, or 0 at the end.
  using Input = std::function<std::size_t(std::span<char>)>;

  virtual ~Decoder() = default;
  // At least one byte of text, or 0 at the end of the input. Throws DecodeError behind the last good byte.
  virtual std::size_t read(const Input& input, std::span<char> into) = 0;
};

// "the gzip data is truncated"; the caller knows the file's name.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_zstd_decoder();

// One row per compression.
struct Compression {
  std::string_view name;
  bool (*begins)(std::string_view first_bytes);
  std::unique_ptr<Decoder> (*make)();
};

inline constexpr std::size_t kCompressionPeek = 4;
// The compression that a file with these first bytes has; nullptr for none.
const Compression* find_compression(std::string_view first_bytes);

}  // namespace tocsin
