#include "app/live_status.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(MetricsText, IsPrometheusText) {
  LiveStatus status;
  status.counters.events = 7;
  status.counters.dead_letters = 2;
  status.dead_letters["empty"] = 2;
  status.alarms["OK"] = 3;
  status.watermark = EventTime{100'000};
  status.overflow = {.services = 5, .dimensions = 6};
  status.sources["a \"b\"\\\n"].lag_bytes = 12;
  status.deliveries["oncall"] = {
      .pending = 1, .delivered = 2, .dead = 3, .suppressed = 4, .oldest_pending = EventTime{90'000}};
  status.breakers = {{"oncall", "open"}};
  status.commits.add(0.002);
  status.commits.add(9);
  const std::string text = metrics_text(status, EventTime{160'500}, "1.2.3");
  for (const char* line : {
           "tocsin_lines_total 9\n",
           "# TYPE tocsin_dead_letters_total counter\ntocsin_dead_letters_total{reason=\"empty\"} 2\n",
           "tocsin_alarms{state=\"OK\"} 3\n",
           "tocsin_event_time_lag_seconds 60.5\n",
           "tocsin_overflowed_total{name_of=\"service\"} 5\ntocsin_overflowed_total{name_of=\"dimension\"} 6\n",
           "tocsin_source_lag_bytes{source=\"a \\\"b\\\"\\\\\\n\"} 12\n",
           "tocsin_deliveries{contact_point=\"oncall\",state=\"dead\"} 3\n",
           "tocsin_delivery_oldest_pending_seconds{contact_point=\"oncall\"} 70.5\n",
           "tocsin_contact_point_breaker_open{contact_point=\"oncall\"} 1\n",
           "tocsin_commit_seconds_bucket{le=\"0.001\"} 0\ntocsin_commit_seconds_bucket{le=\"0.0025\"} 1\n",
           "tocsin_commit_seconds_bucket{le=\"5\"} 1\ntocsin_commit_seconds_bucket{le=\"+Inf\"} 2\n",
           "tocsin_commit_seconds_sum 9.002\ntocsin_commit_seconds_count 2\n",
           "tocsin_ready 1\n",
           "tocsin_build_info{version=\"1.2.3\"} 1\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  status.not_ready = "the disk is full";
  EXPECT_NE(metrics_text(status, EventTime{160'500}, "1").find("tocsin_ready 0\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
