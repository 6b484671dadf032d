#include "engine/workflow/json.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

// Builds the value without recursion. nlohmann's own builder looks each key up among all earlier ones, which makes an
// object of many keys quadratic; here a hash index lives as long as its object is open.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, DuplicateKeys duplicates, JsonProblem& problem)
      : text_(text), duplicates_(duplicates), problem_(problem) {}

  Json& root() { return root_; }

  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(std::int64_t value) override { return place(value); }
  bool number_unsigned(std::uint64_t value) override { return place(value); }
  bool number_float(double value, const std::string&) override { return place(value == 0 ? 0.0 : value); }
  bool string(std::string& value) override { return place(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& value) override {
    open_.back().key = value;
    if (duplicates_ == DuplicateKeys::kRefuse && open_.back().index.contains(value)) {
      problem_.message = "duplicate key '" + value + "' in " + (path().empty() ? "/" : path());
      return false;
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    std::string_view message = error.what();
    const std::size_t end_of_prefix = message.find(": ");
    problem_.message =
        std::string(end_of_prefix == std::string_view::npos ? message : message.substr(end_of_prefix + 2));
    const std::size_t end = std::min(position == 0 ? 0 : position - 1, text_.size());
    problem_.line =
        1 + static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    const std::size_t line_start = end == 0 ? std::string_view::npos : text_.rfind('\n', end - 1);
    problem_.column = static_cast<int>(line_start == std::string_view::npos ? end + 1 : end - line_start);
    return false;
  }

 private:
  struct Open {
    Json value;
    std::string key;
    std::unordered_map<std::string, std::size_t> index;  // of an object's members
  };

  std::string path() const {
    std::string result;
    for (const Open& open : open_) {
      if (&open != &open_.back())
        result += "/" + (open.value.is_object() ? open.key : std::to_string(open.value.size()));
    }
    return result;
  }

  bool open(Json value) {
    if (open_.size() == kMaxJsonDepth) {
      problem_.message = "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels";
      return false;
    }
    open_.push_back({.value = std::move(value), .key = {}, .index = {}});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return place(std::move(value));
  }

  bool place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& open = open_.back();
    if (open.value.is_array()) {
      open.value.push_back(std::move(value));
      return true;
    }
    auto& members = open.value.get_ref<Json::object_t&>();
    const auto [found, is_new] = open.index.emplace(open.key, members.size());
    if (is_new) {
      members.emplace_back(open.key, std::move(value));
    } else {
      (members.begin() + static_cast<std::ptrdiff_t>(found->second))->second = std::move(value);
    }
    return true;
  }

  std::string_view text_;
  DuplicateKeys duplicates_;
  JsonProblem& problem_;
  std::vector<Open> open_;
  Json root_;
};

}  // namespace

JsonRef parse_json(std::string_view text, DuplicateKeys duplicates, JsonProblem& problem) {
  Builder builder(text, duplicates, problem);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    if (problem.message.empty()) problem.message = "not JSON";
    return nullptr;
  }
  return make_json(std::move(builder.root()));
}

JsonRef make_json(Json value) {
  return std::make_shared<const Json>(std::move(value));
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::size_t json_bytes(const Json& value) {
  return json_text(value).size();
}

bool deeper_than(const Json& value, std::size_t depth) {
  if (!value.is_structured()) return false;
  if (depth == 0) return true;
  return std::any_of(value.begin(), value.end(), [&](const Json& child) { return deeper_than(child, depth - 1); });
}

std::partial_ordering compare_numbers(const Json& a, const Json& b) {
  if (a.is_number_float() || b.is_number_float()) return a.get<double>() <=> b.get<double>();
  const auto is_huge = [](const Json& n) { return n.is_number_unsigned() && n.get<std::uint64_t>() > INT64_MAX; };
  if (is_huge(a) && is_huge(b)) return a.get<std::uint64_t>() <=> b.get<std::uint64_t>();
  if (is_huge(a) || is_huge(b)) return is_huge(a) ? std::partial_ordering::greater : std::partial_ordering::less;
  return a.get<std::int64_t>() <=> b.get<std::int64_t>();
}

bool same_json(const Json& a, const Json& b) {
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    return std::all_of(a.items().begin(), a.items().end(), [&](const auto& member) {
      const auto found = b.find(member.key());
      return found != b.end() && same_json(member.value(), *found);
    });
  }
  if (a.is_array() && b.is_array()) return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_json);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  return a == b;
}

}  // namespace tocsin
