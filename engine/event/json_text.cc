#include "engine/event/json_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/event/json_scalar.h"

namespace tocsin {
namespace {

bool is_json_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_json_blank(text.front())) text.remove_prefix(1);
}

// The size of the string at the beginning, with its quotes.
std::size_t string_size(std::string_view text) {
  for (std::size_t at = 1;; ++at) {
    ENSURE(at < text.size());
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
}

// The value at the beginning, which is cut off `text`.
std::string_view cut_value(std::string_view& text) {
  std::size_t end = 0;
  if (text.front() == '"') {
    end = string_size(text);
  } else if (text.front() == '{' || text.front() == '[') {
    std::size_t depth = 0;
    do {
      const char c = text[end];
      if (c == '"') {
        end += string_size(text.substr(end));
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++end;
    } while (depth > 0);
  } else {
    while (end < text.size() && text[end] != ',' && text[end] != '}' && text[end] != ']' && !is_json_blank(text[end])) {
      ++end;
    }
  }
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  return value;
}

std::string unescaped(std::string_view inside) {
  std::string out(inside.size(), '\0');
  std::size_t size = 0;
  ENSURE(unescape_json(inside, out.data(), size));
  out.resize(size);
  return out;
}

bool has_escape(std::string_view inside) {
  return inside.find('\\') != std::string_view::npos;
}

// Goes over the parts of an object or array.
class Cursor {
 public:
  explicit Cursor(std::string_view value) {
    skip_blanks(value);
    if (value.empty() || (value.front() != '{' && value.front() != '[')) return;
    is_object_ = value.front() == '{';
    rest_ = value.substr(1);
  }

  bool next() {
    skip_blanks(rest_);
    if (rest_.empty() || rest_.front() == '}' || rest_.front() == ']') return false;
    if (rest_.front() == ',') {
      rest_.remove_prefix(1);
      skip_blanks(rest_);
    }
    if (is_object_) {
      key_ = cut_value(rest_);
      key_ = key_.substr(1, key_.size() - 2);
      skip_blanks(rest_);
      rest_.remove_prefix(1);  // the colon
      skip_blanks(rest_);
    }
    value_ = cut_value(rest_);
    return true;
  }

  bool is_object() const { return is_object_; }
  std::string_view key() const { return key_; }  // as it stands between its quotes
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  std::string_view key_;
  std::string_view value_;
  bool is_object_ = false;
};

std::string_view element_of(std::string_view array, std::uint32_t index) {
  Cursor cursor(array);
  if (cursor.is_object()) return {};
  for (std::uint32_t at = 0; cursor.next(); ++at) {
    if (at == index) return cursor.value();
  }
  return {};
}

std::string_view member_of(std::string_view object, std::string_view key) {
  Cursor cursor(object);
  std::string_view found;
  if (!cursor.is_object()) return found;
  while (cursor.next()) {
    const bool same = has_escape(cursor.key()) ? unescaped(cursor.key()) == key : cursor.key() == key;
    if (same) found = cursor.value();
  }
  return found;
}

}  // namespace

void JsonElements::read(std::string_view value) {
  values_.clear();
  members_.clear();
  unescaped_.clear();
  Cursor cursor(value);
  while (cursor.next()) {
    if (!cursor.is_object()) {
      values_.push_back(cursor.value());
    } else if (has_escape(cursor.key())) {
      members_.push_back({unescaped_.emplace_back(unescaped(cursor.key())), cursor.value()});
    } else {
      members_.push_back({cursor.key(), cursor.value()});
    }
  }
  std::ranges::stable_sort(members_, {}, &Member::key);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const bool last = i + 1 == members_.size() || members_[i].key != members_[i + 1].key;
    if (last) values_.push_back(members_[i].value);
  }
}

std::string_view json_descendant(std::string_view value, const FieldPath& path) {
  for (const FieldPath::Step& step : path.steps) {
    if (value.empty()) return {};
    const auto* key = std::get_if<std::string>(&step);
    value = key != nullptr ? member_of(value, *key) : element_of(value, std::get<std::uint32_t>(step));
  }
  return value;
}

FieldValue json_field(std::string_view value, std::string& scratch) {
  if (value.empty()) return {};
  switch (value.front()) {
    case 't':
      return {.kind = FieldKind::kBoolean, .truth = true};
    case 'f':
      return {.kind = FieldKind::kBoolean};
    case 'n':
      return {.kind = FieldKind::kNull};
    case '"': {
      const std::string_view inside = value.substr(1, value.size() - 2);
      if (!has_escape(inside)) return {.kind = FieldKind::kText, .text = inside};
      scratch = unescaped(inside);
      return {.kind = FieldKind::kText, .text = scratch};
    }
    case '{':
    case '[': {
      FieldValue field{.kind = FieldKind::kCompound, .text = value};
      if (value.front() == '[') {
        Cursor cursor(value);
        while (!field.truth && cursor.next()) field.truth = cursor.value() == "null";
      }
      return field;
    }
    default:
      return number_field(value);
  }
}

}  // namespace tocsin
