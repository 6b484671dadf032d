#include "engine/pipeline/effect.h"

#include "engine/base/text.h"
#include "engine/delivery/contact_point.h"
#include "engine/workflow/history.h"

namespace tocsin {
namespace {

std::string time_json(EventTime time) {
  return json_string(to_iso8601(time));
}

struct LineOf {
  const std::vector<std::string>& files;

  std::string operator()(const StateTransition& transition) const {
    return json_object({{"type", "\"transition\""},
                        {"at", time_json(transition.at)},
                        {"id", json_string(transition.id)},
                        {"alarm", json_string(transition.alarm)},
                        {"from", json_string(to_text(transition.from))},
                        {"to", json_string(to_text(transition.to))},
                        {"severity", json_string(to_text(transition.severity))},
                        {"reason", json_string(transition.reason)},
                        {"reason_data", transition.reason_data}});
  }
  std::string operator()(const ExecutionRecord& record) const {
    const bool ended_well = record.status == ExecutionStatus::kSucceeded;
    const bool failed = !ended_well && record.status != ExecutionStatus::kRunning;
    return json_object({{"type", "\"execution\""},
                        {"at", time_json(record.at)},
                        {"id", json_string(record.id)},
                        {"workflow", json_string(record.workflow)},
                        {"alarm", json_string(record.alarm)},
                        {"status", json_string(to_text(record.status))},
                        {"started", time_json(record.started)},
                        {"output", ended_well ? record.output : ""},
                        {"error", failed ? json_string(record.error) : ""},
                        {"cause", failed ? json_string(record.cause) : ""}});
  }
  std::string operator()(const Finding& finding) const {
    std::string line = "{\"type\":\"finding\",\"at\":" + time_json(finding.detected_at) + ",";
    return line + to_json(finding, files).substr(1);
  }
  std::string operator()(const Notification& notification) const {
    const bool is_sent = notification.disposition == Disposition::kSend;
    return json_object({{"type", "\"notification\""},
                        {"at", time_json(notification.at)},
                        {"id", json_string(notification.id)},
                        {"contact_point", json_string(notification.contact_point)},
                        {"disposition", is_sent ? "" : json_string(to_text(notification.disposition))},
                        {"reason", is_sent ? "" : json_string(notification.reason)},
                        {"payload", notification.payload}});
  }
  std::string operator()(const RunTask&) const { return {}; }
};

}  // namespace

std::string to_json(const Effect& effect, const std::vector<std::string>& files) {
  return std::visit(LineOf{files}, effect);
}

std::string history_json(const std::vector<HistoryEvent>& history) {
  std::string out = "[";
  for (const HistoryEvent& event : history) {
    if (out.size() > 1) out += ',';
    out += json_object({{"id", std::to_string(event.id)},
                        {"previous_id", std::to_string(event.previous)},
                        {"timestamp", time_json(event.at)},
                        {"type", json_string(event.type)},
                        {"details", without_credentials(event.details, redacted_url)}});
  }
  return out + "]";
}

}  // namespace tocsin
