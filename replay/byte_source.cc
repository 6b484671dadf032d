#include "replay/byte_source.h"

#include <array>

#include "replay/decoder.h"
#include "replay/input_file.h"

namespace tocsin {
namespace {

constexpr std::array kCompressions{
    Compression{"gzip", [](std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }, make_gzip_decoder},
    // A zstd file may begin with a skippable frame: 0x184D2A5? in little endian.
    Compression{"zstd",
                [](std::string_view bytes) {
                  return bytes.starts_with("\x28\xb5\x2f\xfd") ||
                         (bytes.size() >= 4 && (bytes[0] & 0xf0) == 0x50 && bytes.substr(1, 3) == "\x2a\x4d\x18");
                },
                make_zstd_decoder},
};

// What open_source gives: the file, and before it a decoder where it is compressed.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path) : file_(path) {}

  // Looks at the first bytes; "" for a file that is not compressed. May wait where the file is a pipe.
  std::string_view detect() {
    detected_ = true;
    const Compression* compression = find_compression(file_.peek(kCompressionPeek));
    if (compression == nullptr) return {};
    decoder_ = compression->make();
    return compression->name;
  }

  std::size_t read(std::span<char> into) override {
    if (!detected_) detect();
    if (!decoder_) return file_.read(into);
    if (file_.stopped()) return 0;
    try {
      return decoder_->read([this](std::span<char> bytes) { return file_.read(bytes); }, into);
    } catch (const DecodeError& error) {
      if (file_.stopped()) return 0;  // cut short by stop(), not damaged
      throw SourceError(file_.name() + ": " + error.what());
    }
  }

  std::uint64_t consumed() const override { return file_.consumed(); }
  std::optional<std::uint64_t> total() const override { return file_.size(); }
  void stop() override { file_.stop(); }

  const InputFile& file() const { return file_; }

 private:
  InputFile file_;
  std::unique_ptr<Decoder> decoder_;
  bool detected_ = false;
};

}  // namespace

const Compression* find_compression(std::string_view first_bytes) {
  for (const Compression& compression : kCompressions) {
    if (compression.begins(first_bytes)) return &compression;
  }
  return nullptr;
}

OpenedSource open_source(const std::string& path) {
  auto source = std::make_unique<FileSource>(path);
  OpenedSource opened;
  opened.modified = source->file().modified();
  // A pipe may have nothing to say yet; it is looked at by the first read(), which stop() can wake.
  if (source->file().regular()) opened.compression = source->detect();
  opened.bytes = std::move(source);
  return opened;
}

}  // namespace tocsin
