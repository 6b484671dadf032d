#include "app/result_writer.h"

#include <fmt/format.h>

namespace tocsin {
namespace {

struct RowOf {
  const std::string& line;

  ResultRow operator()(const StateTransition& transition) const {
    return {"transition", transition.id, transition.at, transition.alarm, line};
  }
  // The history is kept beside what the effect log shows.
  ResultRow operator()(const ExecutionRecord& record) const {
    std::string json = line;
    json.pop_back();
    json += ",\"history\":" + history_json(record.history) + "}";
    return {"execution", record.id, record.at, record.workflow, std::move(json)};
  }
  ResultRow operator()(const Finding& finding) const {
    return {"finding", finding.id, finding.detected_at, finding.incident, line};
  }
  ResultRow operator()(const Notification& notification) const {
    return {"notification", notification.id, notification.at, notification.contact_point, line};
  }
  ResultRow operator()(const RunTask&) const { return {}; }
};

}  // namespace

bool ResultWriter::is_empty() {
  bool empty = true;
  store_.visit("summary", "", "", [&](const ResultRow&) {
    empty = false;
    return false;
  });
  return empty;
}

void ResultWriter::put(const Effect& effect, const std::string& line) {
  const ResultRow row = std::visit(RowOf{line}, effect);
  if (!row.type.empty()) store_.put(row);
}

void ResultWriter::put(const ShownDeadLetter& letter, std::optional<EventTime> now, const std::string& line,
                       const std::string& id) {
  store_.put({"dead_letter", id, now.value_or(EventTime{}), std::string(to_text(letter.reason)), line});
}

void ResultWriter::finish(const std::string& summary_line, const ReplaySummary& summary) {
  store_.put({"summary", summary.digest, summary.counters.last_event.value_or(EventTime{}), "replay", summary_line});
  store_.flush();
}

}  // namespace tocsin
