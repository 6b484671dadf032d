// One projected field of a log line. Number, text, null, boolean and compound are kept apart because filter patterns
// treat them differently; the views live as long as the batch the line came in.
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

enum class FieldKind : std::uint8_t { kAbsent, kNull, kBoolean, kNumber, kText, kCompound };

struct FieldValue {
  FieldKind kind = FieldKind::kAbsent;
  bool truth = false;     // kBoolean; kCompound: an array that holds a null (`IS NULL` matches it)
  double number = 0;      // kNumber
  std::string_view text;  // kText: unescaped; kNumber: the literal as written; kCompound: its JSON text; else empty
};

}  // namespace tocsin
