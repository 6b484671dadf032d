#include "notifiers/payload_template.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/delivery/template_text.h"
#include "engine/event/timestamp.h"
#include "notifiers/fitted_text.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

Json message_json(const Message& message) {
  Json facts = Json::array();
  for (const MessageFact& fact : message.facts) facts.push_back({{"name", fact.name}, {"value", fact.value}});
  Json evidence = Json::array();
  for (const MessageEvidence& one : message.evidence) evidence.push_back({{"what", one.what}, {"sample", one.sample}});
  return {{"title", message.title},
          {"text", message.text},
          {"severity", message.severity},
          {"service", message.service},
          {"status", to_text(message.status)},
          {"key", message.key},
          {"at", to_iso8601(message.at)},
          {"facts", std::move(facts)},
          {"evidence", std::move(evidence)},
          {"incident", message.incident}};
}

Json root_of(const Notification& notification) {
  Json root = parse_payload(notification.payload);
  if (!root.is_object()) root = Json::object();
  root["id"] = notification.id;
  root["contact_point"] = notification.contact_point;
  root["labels"] = notification.labels;
  root["message"] = message_json(read_message(notification));
  return root;
}

std::string two_digits(int n) {
  const std::string digits = std::to_string(n);
  return digits.size() < 2 ? "0" + digits : digits;
}

std::string format_date(EventTime time, std::string_view format) {
  const CivilTime civil = to_civil(time);
  const std::string date = std::to_string(civil.year) + "-" + two_digits(civil.month) + "-" + two_digits(civil.day);
  const std::string clock = two_digits(civil.hour) + ":" + two_digits(civil.minute) + ":" + two_digits(civil.second);
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 >= format.size()) {
      out += format[i];
      continue;
    }
    switch (format[++i]) {
      case 'Y':
        out += std::to_string(civil.year);
        break;
      case 'm':
        out += two_digits(civil.month);
        break;
      case 'd':
        out += two_digits(civil.day);
        break;
      case 'H':
        out += two_digits(civil.hour);
        break;
      case 'M':
        out += two_digits(civil.minute);
        break;
      case 'S':
        out += two_digits(civil.second);
        break;
      case 'L':
        out += std::to_string(1000 + civil.millisecond).substr(1);
        break;
      case 'F':
        out += date;
        break;
      case 'T':
        out += clock;
        break;
      default:
        out += format[i];
        break;
    }
  }
  return out;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return number_text(value.get<double>());
  return payload_text(value);
}

std::string truncated(std::string_view text, std::size_t characters) {
  std::string_view rest = text;
  std::size_t bytes = 0, before_last = 0;
  for (std::size_t i = 0; i < characters && !rest.empty(); ++i) {
    before_last = bytes;
    const std::size_t size = character_size(rest);
    bytes += size;
    rest.remove_prefix(size);
  }
  if (rest.empty()) return std::string(text);
  return characters == 0 ? "" : std::string(text.substr(0, before_last)) + "…";
}

bool is_empty(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty());
}

Json joined(const Json& value, std::string_view separator) {
  if (!value.is_array()) return value;
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i > 0) text += separator;
    text += text_of(value[i]);
    if (text.size() > kMaxRenderedBytes) break;
  }
  return text;
}

// What is no time stays as it is.
Json dated(const Json& value, std::string_view format) {
  if (value.is_number()) {
    const double ms = value.get<double>();
    if (!(std::abs(ms) < 4e12)) return value;
    return format_date({static_cast<std::int64_t>(ms)}, format);
  }
  if (!value.is_string()) return value;
  const std::optional<EventTime> time = parse_timestamp(value.get_ref<const std::string&>(), {});
  return time ? Json(format_date(*time, format)) : value;
}

Json filtered(Json value, const TemplateFilter& filter) {
  switch (filter.kind) {
    case TemplateFilterKind::kDefault:
      return is_empty(value) ? Json(filter.text) : value;
    case TemplateFilterKind::kUpper:
      return value.is_null() ? value : Json(to_upper(text_of(value)));
    case TemplateFilterKind::kLower:
      return value.is_null() ? value : Json(to_lower(text_of(value)));
    case TemplateFilterKind::kTruncate:
      return value.is_null() ? value : Json(truncated(text_of(value), filter.number));
    case TemplateFilterKind::kJson:
      return payload_text(value);
    case TemplateFilterKind::kDate:
      return dated(value, filter.text);
    case TemplateFilterKind::kJoin:
      return joined(value, filter.text);
  }
  return value;
}

class Renderer {
 public:
  Renderer(Json root, EscapeCharacter escape) : root_(std::move(root)), escape_(escape) {}

  Json render(const Json& tree, int depth) {
    if (depth > kMaxDepth) return nullptr;
    if (tree.is_string()) return render_text(tree.get_ref<const std::string&>());
    if (tree.is_array()) {
      Json list = Json::array();
      for (const Json& item : tree) list.push_back(render(item, depth + 1));
      return list;
    }
    if (!tree.is_object()) {
      spend(8);
      return tree;
    }
    if (tree.contains("$for")) return render_loop(tree, depth);
    Json object = Json::object();
    for (const auto& [name, value] : tree.items()) {
      spend(name.size());
      object[name] = render(value, depth + 1);
    }
    return object;
  }

  RenderedPayload result;

 private:
  static constexpr int kMaxDepth = 64;

  // False once the cap is reached.
  bool spend(std::size_t bytes) {
    const std::size_t cost = bytes + 4;  // quotes, a comma, a colon
    if (cost > left_) {
      result.cut = true;
      left_ = 0;
      return false;
    }
    left_ -= cost;
    return true;
  }

  // What is looked at counts too: a loop must not turn over megabytes only to keep a letter of each.
  bool work(const Json& value) {
    if (work_left_ == 0) return false;
    std::size_t cost = 16;
    if (value.is_string()) cost += value.get_ref<const std::string&>().size();
    if (value.is_structured()) cost += payload_text(value).size();
    if (cost > work_left_) {
      result.cut = true;
      work_left_ = 0;
      return false;
    }
    work_left_ -= cost;
    return true;
  }

  Json render_loop(const Json& loop, int depth) {
    Json list = Json::array();
    TemplateFault fault;
    const auto path = parse_template_path(text_of(loop.at("$for")), fault);
    if (!path || !loop.contains("do")) return list;
    const Json* items = find(*path);
    if (items == nullptr || !items->is_array()) return list;
    const Json& limit = member(loop, "limit");
    std::size_t most = kDefaultLoopLimit;
    if (limit.is_number_unsigned()) most = std::min(limit.get<std::size_t>(), kMaxLoopLimit);
    variables_.emplace_back(member_text(loop, "as"), nullptr);
    for (std::size_t i = 0; i < std::min(most, items->size()) && left_ > 0; ++i) {
      variables_.back().second = &(*items)[i];
      // Also an item that renders to next to nothing costs, so that nested loops end.
      spend(8);
      list.push_back(render(loop.at("do"), depth + 1));
    }
    variables_.pop_back();
    if (left_ == 0) result.cut = true;
    return list;
  }

  Json render_text(const std::string& text) {
    TemplateFault fault;
    const auto parts = parse_template(text, fault);
    if (!parts) return spend(text.size()) ? Json(text) : Json("");
    if (parts->size() == 1 && parts->front().expression) {
      Json value = escaped(evaluate(*parts->front().expression), 0);
      const std::size_t size = value.is_string() ? text_of(value).size() : payload_text(value).size();
      if (spend(size)) return value;
      return value.is_string() ? Json("") : Json(nullptr);
    }
    std::string whole;
    for (const TemplatePart& part : *parts) {
      const std::string piece = part.expression ? text_of(escaped(evaluate(*part.expression), 0)) : part.text;
      if (!spend(piece.size())) break;
      whole += piece;
    }
    return whole;
  }

  Json escaped(Json value, int depth) const {
    if (escape_ == nullptr || depth > kMaxDepth) return value;
    if (value.is_string())
      return fitted(value.get_ref<const std::string&>(), kMaxRenderedBytes, TextUnit::kBytes, escape_);
    if (value.is_array()) {
      for (Json& item : value) item = escaped(std::move(item), depth + 1);
    } else if (value.is_object()) {
      Json object = Json::object();
      for (const auto& [name, one] : value.items()) {
        object[fitted(name, kMaxRenderedBytes, TextUnit::kBytes, escape_)] = escaped(one, depth + 1);
      }
      return object;
    }
    return value;
  }

  Json evaluate(const TemplateExpression& expression) {
    Json value;
    bool has_default = false;
    for (const TemplateFilter& filter : expression.filters) {
      has_default = has_default || filter.kind == TemplateFilterKind::kDefault;
    }
    if (expression.literal) {
      value = *expression.literal;
    } else if (const Json* found = find(expression.path)) {
      if (work(*found)) value = *found;
    } else if (!has_default) {
      note_missing(expression.path);
    }
    for (const TemplateFilter& filter : expression.filters) value = filtered(std::move(value), filter);
    return value;
  }

  const Json* find(const std::vector<TemplateStep>& path) const {
    const Json* at = &root_;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const TemplateStep& step = path[i];
      if (i == 0) {
        const auto variable = std::find_if(variables_.rbegin(), variables_.rend(),
                                           [&](const auto& one) { return one.first == step.name; });
        if (variable != variables_.rend()) {
          at = variable->second;
          continue;
        }
      }
      if (step.is_index) {
        if (!at->is_array() || step.index >= at->size()) return nullptr;
        at = &(*at)[step.index];
      } else {
        if (!at->is_object()) return nullptr;
        const auto found = at->find(step.name);
        if (found == at->end()) return nullptr;
        at = &*found;
      }
    }
    return at;
  }

  void note_missing(const std::vector<TemplateStep>& path) {
    std::string text;
    for (const TemplateStep& step : path) {
      if (step.is_index) {
        text += "[" + std::to_string(step.index) + "]";
      } else {
        text += (text.empty() ? "" : ".") + step.name;
      }
    }
    if (result.missing.size() < 100 && std::ranges::find(result.missing, text) == result.missing.end()) {
      result.missing.push_back(std::move(text));
    }
  }

  Json root_;
  EscapeCharacter escape_;
  std::vector<std::pair<std::string, const Json*>> variables_;  // of the loops around, innermost last
  std::size_t left_ = kMaxRenderedBytes;
  std::size_t work_left_ = 64 * kMaxRenderedBytes;
};

}  // namespace

RenderedPayload render_payload(std::string_view tree, const Notification& notification, EscapeCharacter escape) {
  Renderer renderer(root_of(notification), escape);
  renderer.result.json = payload_text(renderer.render(parse_payload(tree), 0));
  return std::move(renderer.result);
}

}  // namespace tocsin
