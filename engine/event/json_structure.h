// The places of all structural characters (brackets, colons, commas, the first character of every string and scalar) of
// a run of JSON lines, found by simdjson's first stage. It also proves the bytes to be valid UTF-8 with every string
// closed and free of control characters, hence that no line feed stands within a string: each line can be read by
// itself.
//
// Why not simdjson's document interfaces: On-Demand does not look at what it skips, so broken lines would pass, and DOM
// builds a document for fields nobody reads. The first stage over many lines at once is also cheaper than line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tocsin {

class JsonStructure {
 public:
  JsonStructure();
  ~JsonStructure();

  // False where the bytes fail the proof above; places() is then empty. The text must be shorter than 4 GiB.
  bool index(std::string_view text);
  // Ascending offsets into the text. Behind them stand kSentinels more that are the text's size.
  static constexpr std::size_t kSentinels = 4;
  std::span<const std::uint32_t> places() const { return places_; }

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  std::span<const std::uint32_t> places_;
};

bool is_valid_utf8_fast(std::string_view text);

}  // namespace tocsin
