#include "engine/analysis/task_parameters.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMostMinutes = 7 * 24 * 60;
constexpr std::array<std::string_view, 3> kNotificationTypes = {"incident.opened", "incident.finding",
                                                                "incident.resolved"};

// Parameters that are no object count as an empty one: a Task without Parameters passes its whole input.
Json object_of(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

// The text under `key`, "" where it is missing; fills `error` where it is no text.
std::string text_member(const Json& json, const char* key, std::string& error) {
  const auto member = json.find(key);
  if (member == json.end() || member->is_null()) return {};
  if (member->is_string()) return member->get<std::string>();
  error = std::string("'") + key + "' must be a text";
  return {};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

QueryTask parse_query_task(std::string_view parameters) {
  const Json json = object_of(parameters);
  QueryTask task;
  task.service = text_member(json, "service", task.error);
  const auto minutes = json.find("minutes");
  if (minutes == json.end()) return task;
  if (!minutes->is_number() || !(minutes->get<double>() > 0) || minutes->get<double>() > kMostMinutes) {
    task.error = "'minutes' must be a number above 0, at most 10080";
    return task;
  }
  task.back = Period{std::llround(minutes->get<double>() * 60'000)};
  return task;
}

std::string query_task_output(const std::vector<CategoryCount>& counts) {
  Json rows = Json::array();
  std::uint64_t events = 0;
  for (const CategoryCount& row : counts) {
    rows.push_back({{"service", row.service}, {"category", row.category}, {"count", row.count}});
    events += row.count;
  }
  return dump({{"categories", std::move(rows)}, {"events", events}});
}

AnalyzeTask parse_analyze_task(std::string_view parameters) {
  AnalyzeTask task;
  task.incident = text_member(object_of(parameters), "incident", task.error);
  if (task.error.empty() && task.incident.empty()) task.error = "'incident' is missing";
  return task;
}

std::string analyze_task_output(std::string_view finding, bool changed) {
  return "{\"finding\":" + std::string(finding) + ",\"changed\":" + (changed ? "true" : "false") + "}";
}

NotifyTask parse_notify_task(std::string_view parameters) {
  const Json json = object_of(parameters);
  NotifyTask task;
  const std::string type = text_member(json, "type", task.error);
  if (!type.empty()) task.type = type;
  bool known = false;
  for (std::string_view candidate : kNotificationTypes) known = known || candidate == task.type;
  if (!known) task.error = "'type' must be incident.opened, incident.finding or incident.resolved";
  const auto finding = json.find("finding");
  const auto data = json.find("data");
  task.data = finding != json.end() ? dump(*finding) : data != json.end() ? dump(*data) : "{}";
  const auto contacts = json.find("contact_points");
  if (contacts == json.end()) return task;
  if (!contacts->is_array()) {
    task.error = "'contact_points' must be a list of names";
    return task;
  }
  for (const Json& contact : *contacts) {
    if (contact.is_string()) {
      task.contact_points.push_back(contact.get<std::string>());
    } else {
      task.error = "'contact_points' must be a list of names";
    }
  }
  return task;
}

std::string notify_task_output(std::size_t notified) {
  return "{\"notified\":" + std::to_string(notified) + "}";
}

}  // namespace tocsin
