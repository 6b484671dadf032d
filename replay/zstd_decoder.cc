// zstd: frames one behind the other, skippable ones among them.
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

#include "replay/decoder.h"

namespace tocsin {
namespace {

constexpr std::size_t kFirstBytes = 5;  // of a frame; the decoder says how many it wants then

class ZstdDecoder final : public Decoder {
 public:
  // A frame may ask for a window of up to 128 MiB (zstd --long=27, the library's own limit); more is refused as
  // damaged.
  ZstdDecoder() : stream_(ZSTD_createDStream()), buffer_(ZSTD_DStreamInSize()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  std::size_t read(const Input& input, std::span<char> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos == 0 && !into.empty() && !ended_) step(input, out);
    return out.pos;
  }

 private:
  void step(const Input& input, ZSTD_outBuffer& out) {
    // While the decoder still holds text it is asked for that before it gets more input.
    if (used_ == filled_ && !holds_text_) {
      used_ = 0;
      filled_ = input(buffer_);
      if (filled_ == 0) {
        if (in_frame_) fail("the zstd data is truncated");
        ended_ = true;
        return;
      }
    }
    // zstd keeps back what it decoded in a call that fails. It is given one block at a time, so that only the damaged
    // block is lost, not the good ones before it.
    ZSTD_inBuffer in{buffer_.data(), std::min(filled_, used_ + wanted_), used_};
    const std::size_t result = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(result)) {
      const bool tail = !in_frame_ && frames_ > 0 && ZSTD_getErrorCode(result) == ZSTD_error_prefix_unknown;
      fail(tail ? "there are other bytes behind the zstd data" : "the zstd data is damaged");
    }
    if (in.pos > used_ || result == 0) in_frame_ = result != 0;
    used_ = in.pos;
    wanted_ = result == 0 ? kFirstBytes : result;
    if (!in_frame_) ++frames_;
    holds_text_ = in_frame_ && out.pos == out.size;
  }

  [[noreturn]] void fail(const char* message) {
    ended_ = true;
    throw DecodeError(message);
  }

  ZSTD_DStream* stream_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
  std::size_t wanted_ = kFirstBytes;
  bool in_frame_ = false;
  bool holds_text_ = false;
  bool ended_ = false;
  std::uint64_t frames_ = 0;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder() {
  return std::make_unique<ZstdDecoder>();
}

}  // namespace tocsin
