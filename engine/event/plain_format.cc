// Lines that begin with a time stamp and go on in one of many ways:
//   2018-06-27 00:31:20.936 keystone/keystone INFO keystone.common.wsgi [req-1] GET /v3
//   2023-01-29 17:20:11,371 [main] ERROR com.x.Y - message
//   2023-01-29 17:20:11,371 - payment - WARNING - message
//   [2023-01-29 17:20:11] production.ERROR: message
//   2023-01-29T17:20:11Z [payment] message
// Behind the stamp a level is looked for among four words; one name before it is the service. What follows the level is
// the message, the logger included. Where what precedes the level reads like a sentence, it stays in the message.
#include <array>

#include "engine/event/level_token.h"
#include "engine/event/text_format.h"
#include "engine/event/text_scan.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

constexpr int kHeadWords = 4;

ScannedStamp scan_stamp(std::string_view text, Period zone_offset) {
  ScannedStamp stamp = scan_rfc3339(text, zone_offset);
  if (stamp.length == 0) stamp = scan_common_log(text, zone_offset);
  if (stamp.length == 0) stamp = scan_asctime(text, zone_offset);
  if (stamp.length == 0) stamp = scan_epoch(text);
  return stamp;
}

// Blanks, and the dashes and bars that stand by themselves between the columns.
void skip_separators(std::string_view& text) {
  while (true) {
    skip_blanks(text);
    std::size_t size = 0;
    while (size < text.size() && (text[size] == '-' || text[size] == '|' || text[size] == ':')) ++size;
    if (size == 0 || (size < text.size() && !is_blank(text[size]))) return;
    text.remove_prefix(size);
  }
}

// A word, or what stands in brackets even if it has blanks.
std::string_view take_column(std::string_view& text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    const bool colon = close != std::string_view::npos && close + 1 < text.size() && text[close + 1] == ':';
    const std::size_t size = close + (colon ? 2 : 1);
    if (close != std::string_view::npos && (size >= text.size() || is_blank(text[size]))) {
      const std::string_view column = text.substr(0, size);
      text.remove_prefix(column.size());
      skip_blanks(text);
      return column;
    }
  }
  return take_token(text);
}

bool holds_folded(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (is_upper(a) ? (a | 0x20) : a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

// What stands in brackets may be a thread or a request: not a service.
bool is_bracketed_service(std::string_view name) {
  if (!is_name(name) || is_digit(name.back()) || name == "main") return false;
  if (std::ranges::count_if(name, is_digit) > 3) return false;
  constexpr std::array<std::string_view, 4> kThreads = {"thread", "exec", "pool", "worker"};
  return std::ranges::none_of(kThreads, [&](std::string_view word) { return holds_folded(name, word); });
}

// What is found between stamp and message.
struct Head {
  LevelToken level;
  std::string_view service;
  bool sentence = false;    // two or more bare words stand before the level
  std::string_view behind;  // the rest of the line behind the level
};

Head read_head(std::string_view text) {
  Head head;
  std::string_view name;
  std::string_view bracketed_name;
  int names = 0;
  for (int i = 0; i < kHeadWords; ++i) {
    skip_separators(text);
    const std::string_view column = take_column(text);
    const LevelToken level = read_level_token(column);
    if (level.level != Level::kNone && (level.sure || i < 2)) {
      if (!level.before.empty()) {
        ++names;
        name = level.before;
      }
      head.level = level;
      head.behind = text;
      break;
    }
    const BareToken bare = bare_token(column);
    if (bare.bracketed) {
      if (bracketed_name.empty() && is_bracketed_service(bare.text)) bracketed_name = bare.text;
    } else if (is_name(bare.text)) {
      ++names;
      name = bare.text;
    } else if (!all_digits(bare.text)) {
      names += 2;  // no column that this format knows
    }
  }
  head.sentence = names > 1;
  if (head.level.level == Level::kNone) {
    head.service = {};
  } else if (names == 1 && is_name(name)) {
    head.service = name;
  } else if (names == 0) {
    head.service = bracketed_name;
  }
  return head;
}

class PlainFormat : public TextFormat {
 public:
  PlainFormat(const TextFieldNames& names, Period zone_offset)
      : zone_offset_(zone_offset),
        level_(names.number("level")),
        service_(names.number("service")),
        message_(names.number("message")) {}

  std::optional<DeadReason> read(std::string_view text, TextLine& line) const override {
    const bool bracket = take_char(text, '[');
    const ScannedStamp stamp = scan_stamp(text, zone_offset_);
    if (stamp.length == 0) return DeadReason::kNoTimestamp;
    if (!stamp.time) return DeadReason::kBadTimestamp;
    line.event.time = *stamp.time;
    line.has_time = true;
    text.remove_prefix(stamp.length);
    if (bracket) take_char(text, ']');
    take_char(text, ':');
    skip_separators(text);

    const Head head = read_head(text);
    std::string_view message = text;
    if (head.level.level != Level::kNone) {
      line.event.level = head.level.level;
      line.offer(level_, head.level.word);
      if (!head.sentence) message = head.behind;
    }
    skip_separators(message);
    line.event.message = message;
    line.event.service = head.service;
    if (line.event.service.empty()) {
      const BareToken first = bare_token(take_column(message));
      if (first.bracketed && is_bracketed_service(first.text)) line.event.service = first.text;
    }
    if (!line.event.service.empty()) line.offer(service_, line.event.service);
    line.offer(message_, line.event.message);
    return std::nullopt;
  }

 private:
  Period zone_offset_;
  std::uint32_t level_, service_, message_;
};

}  // namespace

std::unique_ptr<TextFormat> make_plain_format(const TextFieldNames& names, Period zone_offset) {
  return std::make_unique<PlainFormat>(names, zone_offset);
}

}  // namespace tocsin
