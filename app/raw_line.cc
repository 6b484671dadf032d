#include "app/raw_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tocsin {

// Follows the path of each value that the JSON parser reports and keeps those that the projection asks for. The parser
// reports duplicate keys and works without recursion, which is why this is no walk over a parsed document.
class RawLine::Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(RawLine& line) : line_(line) {}

  bool null() override {
    if (!open_.empty() && open_.back().is_array) mark_null();
    return keep({.kind = FieldKind::kNull}, {});
  }
  bool boolean(bool value) override { return keep({.kind = FieldKind::kBoolean, .truth = value}, {}); }
  bool number_integer(number_integer_t value) override {
    return keep_number(static_cast<double>(value), std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return keep_number(static_cast<double>(value), std::to_string(value));
  }
  bool number_float(number_float_t value, const string_t& literal) override { return keep_number(value, literal); }
  bool string(string_t& value) override { return keep({.kind = FieldKind::kText}, value); }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON text has none
  bool start_object(std::size_t /*elements*/) override { return open(false); }
  bool start_array(std::size_t /*elements*/) override { return !open_.empty() && open(true); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    open_.back().key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  struct Container {
    bool is_array = false;
    std::uint32_t index = 0;  // of the element that comes next
    std::string key;          // of the member that comes next
  };

  bool open(bool is_array) {
    if (!keep({.kind = FieldKind::kCompound}, {}, false)) return false;
    open_.push_back({.is_array = is_array, .index = 0, .key = {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    advance();
    return true;
  }

  void advance() {
    if (!open_.empty()) ++open_.back().index;
  }

  bool keep_number(double value, const std::string& literal) {
    return keep({.kind = FieldKind::kNumber, .number = value}, literal);
  }

  // How many steps of the path lead along the open containers, at most `depth`.
  bool leads_here(const FieldPath& path, std::size_t depth) const {
    if (path.steps.size() < depth) return false;
    for (std::size_t i = 0; i < depth; ++i) {
      const FieldPath::Step& step = path.steps[i];
      const Container& container = open_[i];
      if (container.is_array) {
        const auto* index = std::get_if<std::uint32_t>(&step);
        if (index == nullptr || *index != container.index) return false;
      } else {
        const auto* key = std::get_if<std::string>(&step);
        if (key == nullptr || *key != container.key) return false;
      }
    }
    return true;
  }

  // A value replaces what an equal key held before, and all that was found below it. False where it is the whole line
  // but no object.
  bool keep(const FieldValue& value, const std::string& text, bool complete = true) {
    if (open_.empty() && value.kind != FieldKind::kCompound) return false;
    const std::vector<FieldPath>& paths = line_.projection_.paths();
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!leads_here(paths[i], open_.size())) continue;
      line_.fields_[i] = FieldValue{};
      if (paths[i].steps.size() != open_.size()) continue;
      line_.texts_[i] = text;
      line_.fields_[i] = value;
      line_.fields_[i].text = line_.texts_[i];
    }
    if (complete) advance();
    return true;
  }

  // An array that holds a null says so.
  void mark_null() {
    const std::vector<FieldPath>& paths = line_.projection_.paths();
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (paths[i].steps.size() + 1 == open_.size() && leads_here(paths[i], open_.size() - 1)) {
        line_.fields_[i].truth = true;
      }
    }
  }

  RawLine& line_;
  std::vector<Container> open_;
};

RawLine::RawLine(const Projection& projection)
    : projection_(projection), fields_(projection.size()), texts_(projection.size()) {}

void RawLine::clear(std::string_view line) {
  std::fill(fields_.begin(), fields_.end(), FieldValue{});
  event_.raw = line;
  event_.message = line;
  event_.fields = fields_;
}

void RawLine::read_text(std::string_view line) {
  clear(line);
}

bool RawLine::read_json(std::string_view line) {
  clear(line);
  Reader reader(*this);
  if (nlohmann::json::sax_parse(line.begin(), line.end(), &reader)) return true;
  clear(line);
  return false;
}

}  // namespace tocsin
