// What the sources keep in checkpoints: any bytes are read or refused, and what is read is written the same again.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ensure.h"
#include "replay/file_identity.h"
#include "replay/journald_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto identity = tocsin::FileIdentity::parse(text)) {
    const auto again = tocsin::FileIdentity::parse(identity->to_text());
    ENSURE(again && again->path == identity->path && again->number == identity->number &&
           again->print == identity->print && again->finished == identity->finished);
  }
  const auto anchors = tocsin::parse_journal_anchors(text);
  ENSURE(tocsin::parse_journal_anchors(tocsin::to_text(anchors)) == anchors);
  const tocsin::FileIdentity any{{1, 2}, tocsin::fingerprint_of(text), std::string(text), 3};
  const auto read = tocsin::FileIdentity::parse(any.to_text());
  ENSURE(read && read->path == text && read->print == any.print);
  const std::string family = tocsin::family_of(text);
  ENSURE(family.size() <= text.size());
  tocsin::is_rotated_form(text, family);
  tocsin::are_rotated_siblings(text, family);
  return 0;
}
