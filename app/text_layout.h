// Text for people: widths of what a terminal shows, wrapping, colours, numbers with thousands marked. Everything that
// comes from a log passes through TextStyle::safe() before it is shown, so its control characters never reach a
// terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"

namespace tocsin {

enum class Tone { kPlain, kStrong, kDim, kGood, kBad, kUnsure };

Tone tone_of(AlarmState state);
Tone tone_of(Severity severity);

struct TextStyle {
  bool colour = false;
  bool utf8 = true;  // else ASCII only
  std::size_t width = 100;

  // Colour and tone change nothing about the width; paint after padding and cutting.
  std::string paint(Tone tone, std::string_view text) const;
  // Log text made harmless: escapes for control characters, '?' for what ASCII can't show.
  std::string safe(std::string_view raw, std::size_t max_bytes = 512) const;
  // Shortened to `columns`, with a mark where something was cut off.
  std::string cut(std::string_view text, std::size_t columns) const;

  std::string_view arrow() const { return utf8 ? "→" : "->"; }
  std::string_view dot() const { return utf8 ? "·" : "-"; }
  std::string_view times() const { return utf8 ? "×" : "x"; }
  std::string_view ellipsis() const { return utf8 ? "…" : "..."; }
};

// The columns that valid UTF-8 without control characters takes on a terminal.
std::size_t display_width(std::string_view text);
// `text` with blanks up to `columns`.
std::string padded(std::string_view text, std::size_t columns);
// Broken at blanks, inside a word only where the word alone is too long; the blanks within a line stay as they are. At
// least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

std::string grouped(std::uint64_t number);       // 1,284,220
std::string rounded(double value, int digits);   // at most so many behind the point, no trailing zeros
std::string percent(double part, double whole);  // "0.0005 %", "53 %"
std::string spoken(Period period);               // "58 s", "2 min 8 s", "1 h 4 min", "3 d 2 h"
std::string spoken_seconds(double seconds);      // "0.82 s", "4.6 s", "2 min 8 s"
// "one alarm" or "3 alarms".
std::string counted(std::uint64_t number, std::string_view singular);

}  // namespace tocsin
