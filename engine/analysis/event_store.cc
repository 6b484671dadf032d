#include "engine/analysis/event_store.h"

namespace tocsin {

std::string_view stored_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // At most three bytes back: longer runs of continuation bytes are no UTF-8, and cut anywhere.
  std::size_t size = max_bytes;
  for (int i = 0; i < 3 && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80; ++i) --size;
  if ((static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) size = max_bytes;
  return text.substr(0, size);
}

}  // namespace tocsin
