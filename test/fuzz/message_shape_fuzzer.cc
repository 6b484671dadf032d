// Any message has a shape that is valid, bounded, free of control characters and the same each time.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/analysis/message_shape.h"
#include "engine/base/ensure.h"
#include "engine/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const std::string shape = tocsin::message_shape(message);
  ENSURE(shape.size() <= tocsin::kMaxShape);
  ENSURE(tocsin::is_valid_utf8(shape));
  for (const char c : shape) ENSURE(static_cast<std::uint8_t>(c) >= 0x20 && c != '\x7f');
  std::string again = "left over from before";
  tocsin::message_shape(message, again);
  ENSURE(again == shape);
  return 0;
}
