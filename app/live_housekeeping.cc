// What a live run does now and then.
#include <fmt/format.h>

#include <utility>

#include "app/daemon_log.h"
#include "app/live_runner.h"
#include "engine/metric/metric_filter_set.h"
#include "engine/pipeline/service_table.h"

namespace tocsin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHousekeeping{1000};
constexpr milliseconds kCleaning{20};  // of each second, for what is too old

}  // namespace

RetentionRules retention_of(const RuleSet& rules) {
  return {.age = rules.retention, .max_bytes = rules.max_database_bytes};
}

void LiveRun::keep_house() {
  next_housekeeping_ = Clock::now() + kHousekeeping;
  service_.watchdog();
  if (std::exchange(cannot_read_, false)) log_info("the data directory can be read again");
  warn_of_overflow();
  try {
    take_silences();
    const Clock::time_point enough = Clock::now() + kCleaning;
    while (engine_->watermark() && ledger_.remove_old(*engine_->watermark()) && Clock::now() < enough) continue;
    look_after_sources();
    publish(waiting_sources_.empty() ? "" : "the source '" + waiting_sources_.front().name + "' can't be started");
  } catch (const StoreError& error) {
    log_warning(fmt::format("the data directory can't be looked after now: {}", error.what()));
  }
}

// Once for each kind: the metrics tell how many.
void LiveRun::warn_of_overflow() {
  const Engine::Overflow now = engine_->overflow();
  Engine::Overflow& before = status_.overflow;
  if (now.services > 0 && before.services == 0) {
    log_warning(fmt::format("there are more than {} services: further ones are counted as '__other__'",
                            ServiceTable::kMaxServices));
  }
  if (now.dimensions > 0 && before.dimensions == 0) {
    log_warning(fmt::format("a metric's dimensions have more than {} values: further ones are counted as '__other__'",
                            MetricFilterSet::kMaxDimensionValues));
  }
  before = now;
}

void LiveRun::take_silences() {
  std::optional<std::vector<Silence>> silences = ledger_.changed_silences();
  if (!silences) return;
  silences_ = std::move(*silences);
  engine_->set_silences(silences_);
  if (delivery_) delivery_->wake();  // deliveries may have been redriven
}

void LiveRun::publish(std::string not_ready) {
  if (!endpoint_) return;
  status_.not_ready = std::move(not_ready);
  status_.counters = engine_->counters();
  status_.services = engine_->services();
  status_.watermark = engine_->watermark();
  status_.sources = sources_->status();
  status_.waiting_bytes = ingest_->waiting_bytes();
  status_.reading_waits = ingest_->is_full();
  status_.waiting_tasks = tasks_->waiting();
  if (status_.not_ready.empty()) status_.deliveries = ledger_.delivery_totals();
  if (delivery_) {
    for (const ContactPointStatus& contact : delivery_->status()) {
      status_.breakers[contact.contact_point] = to_text(contact.breaker);
    }
  }
  status_.alarms.clear();
  for (const auto& [state, count] : engine_->alarms()) status_.alarms[std::string(to_text(state))] = count;
  status_.series = engine_->series();
  status_.open_incidents = engine_->open_incidents();
  status_.running_executions = status_.counters.running;
  endpoint_->publish(status_);
}

}  // namespace tocsin
