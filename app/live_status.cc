#include "app/live_status.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace tocsin {
namespace {

// A metric's samples, under its help and type.
class MetricsPage {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP tocsin_{} {}\n# TYPE tocsin_{} {}\n", name, help, name, type);
  }
  void sample(double value, const std::vector<std::pair<std::string_view, std::string_view>>& labels = {},
              std::string_view suffix = {}) {
    text_ += fmt::format("tocsin_{}{}", name_, suffix);
    char separator = '{';
    for (const auto& [name, text] : labels) {
      text_ += fmt::format("{}{}=\"{}\"", std::exchange(separator, ','), name, escaped(text));
    }
    if (!labels.empty()) text_ += '}';
    text_ += ' ' + number_text(value) + '\n';
  }
  void count(std::uint64_t value, const std::vector<std::pair<std::string_view, std::string_view>>& labels = {}) {
    sample(static_cast<double>(value), labels);
  }
  // A metric with one sample.
  void only(std::string_view name, std::string_view type, std::string_view help, double value) {
    metric(name, type, help);
    sample(value);
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n') {
        out += "\\n";
      } else {
        out += c;
      }
    }
    return out;
  }

  std::string text_, name_;
};

double seconds(Period period) {
  return static_cast<double>(period.ms) / 1000;
}

void add_lines(MetricsPage& page, const LiveStatus& status) {
  const EngineCounters& counters = status.counters;
  const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
  page.only("lines_total", "counter", "Lines taken in: events and dead letters.",
            number(counters.events + counters.dead_letters));
  page.only("events_total", "counter", "Lines that became events.", number(counters.events));
  page.metric("dead_letters_total", "counter", "Lines that could not be parsed, by reason, since the start.");
  for (const auto& [reason, count] : status.dead_letters) page.count(count, {{"reason", reason}});
  page.only("late_events_total", "counter", "Events older than what any alarm looks at.", number(counters.late));
  page.only("truncated_events_total", "counter", "Events whose line was cut.", number(counters.truncated));
  page.only("transitions_total", "counter", "State transitions of alarms.", number(counters.transitions));
  page.only("findings_total", "counter", "Findings of the analyzer.", number(counters.findings));
  page.only("executions_total", "counter", "Executions of workflows that were started.", number(counters.executions));
  page.only("notifications_total", "counter", "Notifications decided on.", number(counters.notifications));
}

void add_state(MetricsPage& page, const LiveStatus& status, EventTime now) {
  page.metric("alarms", "gauge", "Alarms by state.");
  for (const auto& [state, count] : status.alarms) page.count(count, {{"state", state}});
  page.only("open_incidents", "gauge", "Incidents that are not resolved.", static_cast<double>(status.open_incidents));
  page.only("running_executions", "gauge", "Executions that wait or work.",
            static_cast<double>(status.running_executions));
  page.only("waiting_tasks", "gauge", "Tasks of executions that wait for a free worker.",
            static_cast<double>(status.waiting_tasks));
  page.only("services", "gauge", "Services seen.", static_cast<double>(status.services));
  page.only("series", "gauge", "Series of metrics kept.", static_cast<double>(status.series));
  page.metric("overflowed_total", "counter", "Counted under __other__, since there are too many names already.");
  page.count(status.overflow.services, {{"name_of", "service"}});
  page.count(status.overflow.dimensions, {{"name_of", "dimension"}});
  if (status.watermark) {
    page.only("event_time_seconds", "gauge", "The event time reached, since 1970.",
              seconds(*status.watermark - EventTime{}));
    page.only("event_time_lag_seconds", "gauge", "How far event time lies behind the clock.",
              seconds(now - *status.watermark));
  }
}

void add_sources(MetricsPage& page, const LiveStatus& status) {
  struct Row {
    std::string_view name, type, help;
    std::uint64_t SourceStatus::*value;
  };
  static constexpr Row kRows[] = {
      {"source_streams", "gauge", "Files or connections followed now.", &SourceStatus::streams},
      {"source_lag_bytes", "gauge", "Bytes known and not yet read.", &SourceStatus::lag_bytes},
      {"source_truncated_lines_total", "counter", "Lines that were longer than max_line.",
       &SourceStatus::truncated_lines},
      {"source_truncations_total", "counter", "Files found shorter than they were.", &SourceStatus::truncations},
      {"source_lost_bytes_total", "counter", "Bytes known to have been written and never seen.",
       &SourceStatus::lost_bytes},
      {"source_dropped_packets_total", "counter", "Packets that the system dropped.", &SourceStatus::dropped_packets},
      {"source_errors_total", "counter", "Errors of the source.", &SourceStatus::errors},
      {"source_restarts_total", "counter", "Times the source was started again after an error.",
       &SourceStatus::restarts},
  };
  for (const Row& row : kRows) {
    page.metric(row.name, row.type, row.help);
    for (const auto& [name, source] : status.sources) page.count(source.*row.value, {{"source", name}});
  }
  page.only("waiting_bytes", "gauge", "Bytes read and not yet taken in.", static_cast<double>(status.waiting_bytes));
  page.only("reading_waits", "gauge", "1 while reading waits for what has been read to be taken in.",
            status.reading_waits ? 1 : 0);
}

void add_deliveries(MetricsPage& page, const LiveStatus& status, EventTime now) {
  page.metric("deliveries", "gauge", "Deliveries kept in the data directory, by contact point and state.");
  for (const auto& [contact, totals] : status.deliveries) {
    page.count(totals.pending, {{"contact_point", contact}, {"state", "pending"}});
    page.count(totals.delivered, {{"contact_point", contact}, {"state", "delivered"}});
    page.count(totals.dead, {{"contact_point", contact}, {"state", "dead"}});
    page.count(totals.suppressed, {{"contact_point", contact}, {"state", "suppressed"}});
  }
  page.metric("delivery_oldest_pending_seconds", "gauge", "Age of the oldest delivery that is pending.");
  for (const auto& [contact, totals] : status.deliveries) {
    const double age = totals.oldest_pending ? seconds(now - *totals.oldest_pending) : 0;
    page.sample(age, {{"contact_point", contact}});
  }
  page.metric("contact_point_breaker_open", "gauge", "1 while a contact point is not called because it failed.");
  for (const auto& [contact, state] : status.breakers) {
    page.sample(state == "closed" ? 0 : 1, {{"contact_point", contact}});
  }
}

void add_process(MetricsPage& page, const LiveStatus& status, std::string_view version) {
  page.metric("commit_seconds", "histogram", "How long a commit of the data directory took.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < TimeHistogram::kBounds.size(); ++i) {
    below += status.commits.counts[i];
    page.sample(static_cast<double>(below), {{"le", number_text(TimeHistogram::kBounds[i])}}, "_bucket");
  }
  page.sample(static_cast<double>(status.commits.count), {{"le", "+Inf"}}, "_bucket");
  page.sample(status.commits.sum, {}, "_sum");
  page.sample(static_cast<double>(status.commits.count), {}, "_count");
  page.only("failed_commits_total", "counter", "Commits that had to be tried again.",
            static_cast<double>(status.failed_commits));
  page.metric("reloads_total", "counter", "Reloads of the configuration, by outcome.");
  page.count(status.reloads, {{"outcome", "loaded"}});
  page.count(status.failed_reloads, {{"outcome", "refused"}});
  page.only("ready", "gauge", "1 while lines are taken in.", status.not_ready.empty() ? 1 : 0);
  page.only("start_time_seconds", "gauge", "When the process started, since 1970.",
            seconds(status.started - EventTime{}));
  page.metric("build_info", "gauge", "The version, as a label.");
  page.sample(1, {{"version", version}});
}

}  // namespace

void TimeHistogram::add(double value) {
  ++count;
  sum += value;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (value <= kBounds[i]) {
      ++counts[i];
      return;
    }
  }
}

std::string metrics_text(const LiveStatus& status, EventTime now, std::string_view version) {
  MetricsPage page;
  add_lines(page, status);
  add_state(page, status, now);
  add_sources(page, status);
  add_deliveries(page, status, now);
  add_process(page, status, version);
  return page.take();
}

}  // namespace tocsin
