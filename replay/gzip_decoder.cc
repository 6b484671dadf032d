// gzip: members one behind the other (RFC 1952), perhaps padded with zeros, as tapes and block devices leave them.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/ensure.h"
#include "replay/decoder.h"

namespace tocsin {
namespace {

constexpr std::size_t kInputBytes = 128 << 10;
constexpr int kGzipOnly = 15 + 16;  // zlib's way to ask for a gzip header and the largest window

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() : buffer_(kInputBytes) { ENSURE(inflateInit2(&stream_, kGzipOnly) == Z_OK); }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  std::size_t read(const Input& input, std::span<char> into) override {
    if (into.empty()) return 0;
    const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), 1u << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    while (stream_.avail_out == room && !ended_) step(input);
    return room - stream_.avail_out;
  }

 private:
  void step(const Input& input) {
    // While zlib still holds text it is asked for that before it gets more input.
    if (stream_.avail_in == 0 && !holds_text_ && !refill(input)) {
      if (in_member_) fail("the gzip data is truncated");
      ended_ = true;
    } else if (in_member_) {
      inflate_some();
    } else {
      begin_member();
    }
  }

  bool refill(const Input& input) {
    const std::size_t count = input(buffer_);
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(count);
    return count > 0;
  }

  // Behind a member: padding is skipped, and the first byte of a magic number begins the next. The rest of the header
  // is inflate()'s to check.
  void begin_member() {
    const Bytef byte = *stream_.next_in;
    if (byte == 0 && members_ > 0) {
      ++stream_.next_in;
      --stream_.avail_in;
      return;
    }
    if (byte != 0x1f) fail("there are other bytes behind the gzip data");
    inflateReset(&stream_);
    in_member_ = true;
  }

  void inflate_some() {
    const auto before = stream_.total_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    holds_text_ = result == Z_OK && stream_.avail_out == 0;
    if (result == Z_STREAM_END) {
      in_member_ = false;
      ++members_;
      return;
    }
    if (result == Z_OK || result == Z_BUF_ERROR) return;
    // The text that came out before the damage is given first; the next call meets the error again.
    if (stream_.total_out != before) return;
    if (members_ > 0 && stream_.total_out == 0) fail("there are other bytes behind the gzip data");
    fail("the gzip data is damaged");
  }

  [[noreturn]] void fail(const char* message) {
    ended_ = true;
    throw DecodeError(message);
  }

  std::vector<char> buffer_;
  z_stream stream_{};
  bool in_member_ = false;
  bool holds_text_ = false;
  bool ended_ = false;
  std::uint64_t members_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder() {
  return std::make_unique<GzipDecoder>();
}

}  // namespace tocsin
