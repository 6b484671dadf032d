// A connection's bytes, fed whole and in portions of the first byte's size: the same messages, none over the limit,
// each one line.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ensure.h"
#include "replay/listen_address.h"
#include "replay/syslog_message.h"

namespace {

constexpr std::size_t kMost = 64;

std::string all_of(std::string_view bytes, std::size_t portion) {
  tocsin::SyslogFramer framer(kMost);
  std::string all;
  const auto add = [&all](const std::vector<tocsin::SyslogFramer::Message>& messages) {
    for (const tocsin::SyslogFramer::Message& message : messages) {
      ENSURE(!message.text.empty() && message.text.size() <= kMost);
      const tocsin::SyslogDialect dialect = tocsin::dialect_of(message.text);
      const std::string line = tocsin::syslog_line(message.text, dialect, tocsin::EventTime{0}, "h");
      ENSURE(line.find('\n') == std::string::npos);
      all += line + (message.cut ? "~\n" : "\n");
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += portion) add(framer.feed(bytes.substr(at, portion)));
  add(framer.finish());
  ENSURE(!framer.is_within());
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ENSURE(all_of(bytes, bytes.size() + 1) == all_of(bytes, 1U + data[0] % 16U));
  std::string problem;
  if (const auto address = tocsin::parse_listen_address(bytes, problem)) {
    const auto again = tocsin::parse_listen_address(address->to_text(), problem);
    ENSURE(again && again->to_text() == address->to_text());
  }
  return 0;
}
